"""Secrets that can be told by their shape: cards, identity numbers, phones, other people's accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from desk.privacy import secrets
from desk.privacy.view import Claim, View, macros, word_list
from desk.reading.lexicon import union

_RUN = re.compile(r"\d(?:[ \-–—_.·]{0,3}\d){6,}")
_GROUP = re.compile(r"\d+")
_SHORTEST, _LONGEST = 11, 19
_KEYED_CARD = range(10, 31)
_FOREIGN = re.compile(r"(?<![a-z0-9])([a-z]{1,2})(\d{6}) ?(\(?)([0-9a])\)?(?![a-z0-9])")
_TAIWAN = re.compile(r"(?<![a-z0-9])[a-z][1289a-d]\d{8}(?![a-z0-9])")
_WALLET = re.compile(r"(?<![a-z0-9])(?:0x[0-9a-f]{40}|t[1-9a-z]{33})(?![a-z0-9])")
_PHONES = re.compile(
    r"(?<![\d+])(?:"
    r"\+?(?:00)?852[- ]?[2-9]\d{3}[- ]?\d{4}"
    r"|(?:\+?(?:00)?886[- ]?9|09)\d{2}[- ]?\d{3}[- ]?\d{3}"
    r"|0\d{2,3}[- ]\d{7,8}|\(0\d{2,3}\) ?\d{7,8}"
    r")(?!\d)"
)
_KEYED_PHONE = r"(?:0\d{9,11}|[2-9]\d{3}[- ]?\d{4}|[2-9]\d{6})(?!\d)"


class _Group(NamedTuple):
    start: int
    end: int
    digits: str


@lru_cache
def _introduced(name: str) -> re.Pattern[str]:
    """A word of the list stands right before, with little between it and the number."""
    return re.compile(rf"(?:{macros()[name]})[^\d。;\n]{{0,8}}\Z")


@lru_cache
def _other_party() -> re.Pattern[str]:
    return union(["{counterparty}"], macros())


@lru_cache
def _own() -> re.Pattern[str]:
    return union(["{own}"], macros())


def _of_other_party(view: View, start: int) -> bool:
    """Whether the number belongs to somebody else: the nearer of 对方/骗子/收款 and 我的 decides."""
    before = view.before(start)
    others = [match.end() for match in _other_party().finditer(before)]
    own = [match.end() for match in _own().finditer(before)]
    return bool(others) and (not own or own[-1] < others[-1])


def _mask_phone(digits: str) -> str:
    return f"[PHONE:{digits[:3]}****{digits[-4:]}]" if len(digits) == 11 else f"[PHONE:****{digits[-4:]}]"


def _phone(view: View, start: int, end: int, digits: str) -> Claim:
    if start and view.plain[start - 1] == "+":
        start -= 1
    if secrets.mobile(digits):
        digits = digits[-11:]
    return Claim(start, end, "phone", _mask_phone(digits), digits)


def _card(view: View, start: int, end: int, digits: str) -> Claim:
    if _of_other_party(view, start):
        return Claim(start, end, "account", f"[ACCOUNT:****{digits[-4:]}]", digits)
    return Claim(start, end, "card", f"[CARD:****{digits[-4:]}]", "")


def _claim(view: View, kind: secrets.Number, start: int, end: int, digits: str) -> Claim:
    if kind == "phone":
        return _phone(view, start, end, digits)
    if kind == "id":
        return Claim(start, end, "id", "[ID]", "")
    return _card(view, start, end, digits)


def _with_x(form: str, end: int, digits: str) -> tuple[int, str]:
    """An identity number may end in X, also after a blank."""
    if len(digits) == 17:
        for gap in (0, 1):
            if form[end + gap : end + gap + 1] == "x" and not form[end : end + gap].strip():
                return end + gap + 1, digits + "X"
    return end, digits


_PHONE_SHAPES = {(11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 3, 4), (5, 6), (6, 5), (4, 4, 3)}


def _shaped_like_phone(groups: list[_Group]) -> bool:
    sizes = [len(group.digits) for group in groups]
    surplus = sum(sizes) - 11
    if len(groups) > 1 and sizes[0] >= surplus:
        sizes[0] -= surplus
    shape = tuple(size for size in sizes if size)
    return shape in _PHONE_SHAPES or set(shape) == {1} or len(shape) == 1


def _shaped_like_card(view: View, groups: list[_Group]) -> bool:
    """A list of card tails is none; nor is a reference number, unless it begins like a card of this country."""
    sizes = [len(group.digits) for group in groups]
    if set(sizes) != {1} and (sizes[0] < 4 or min(sizes[:-1], default=4) < 3):
        return False
    before = view.before(groups[0].start, 8)
    if len(groups) > 1 and word_list("labels").search(before[-4:]):
        return False
    return not word_list("references").search(before) or groups[0].digits.startswith("62")


def _plausible(view: View, groups: list[_Group], kind: secrets.Number) -> bool:
    if len(groups) > 1 and all(group.digits.endswith("00") for group in groups):
        return False  # a list of round sums
    if kind == "phone":
        return _shaped_like_phone(groups)
    if kind == "card":
        return _shaped_like_card(view, groups)
    sizes = {len(group.digits) for group in groups}
    return len(groups) == 1 or len(groups[0].digits) in (3, 6) or sizes in ({1}, {4}, {2, 4})


def _joined(view: View, form: str, groups: list[_Group]) -> tuple[secrets.Number, int, str] | None:
    digits = "".join(group.digits for group in groups)
    end, digits = _with_x(form, groups[-1].end, digits)
    if form[groups[-1].end : groups[-1].end + 1] == "x" and len(digits) == 18:
        end = groups[-1].end + 1
    kind = secrets.classify(digits)
    if kind is None or not _plausible(view, groups, kind):
        return None
    return kind, end, digits


def _keyed(view: View, form: str, groups: list[_Group]) -> Claim | None:
    """A number that no check digit confirms, but that the customer calls a card or an identity number."""
    start, end, digits = groups[0].start, groups[-1].end, "".join(group.digits for group in groups)
    before = view.before(start)
    end, digits = _with_x(form, end, digits)
    if len(digits) in range(14, 19) and _introduced("id").search(before):
        return Claim(start, end, "id", "[ID]", "")
    if len(digits) in range(7, 11) and _introduced("passport").search(before):
        return Claim(start, end, "id", "[ID]", "")
    if len(digits) in _KEYED_CARD and (_introduced("card").search(before) or _account_of_other(view, start)):
        return _card(view, start, end, digits)
    return None


def _account_of_other(view: View, start: int) -> bool:
    return bool(_introduced("counterparty").search(view.before(start))) and _of_other_party(view, start)


def _split_in_two(view: View, group: _Group) -> Iterator[Claim]:
    """An identity number and a phone pasted without a blank."""
    for at in range(11, len(group.digits) - 10):
        first, second = secrets.classify(group.digits[:at]), secrets.classify(group.digits[at:])
        if first and second:
            middle = group.start + at
            yield _claim(view, first, group.start, middle, group.digits[:at])
            yield _claim(view, second, middle, group.end, group.digits[at:])
            return


def _single(view: View, form: str, group: _Group) -> Iterator[Claim]:
    for part in _trimmed(view, group):
        found = _joined(view, form, [part])
        if found and not (found[0] == "phone" and view.plain[part.end : part.end + 1] in ("元", "块")):
            yield _claim(view, found[0], part.start, found[1], found[2])
            return
    if 22 <= len(group.digits) <= 37:
        yield from _split_in_two(view, group)


def _trimmed(view: View, group: _Group) -> Iterator[_Group]:
    """The group, and without a 一 at either end that belongs to the next word (…四四五一直用不了)."""
    yield group
    if view.plain[group.end - 1] == "一":
        yield _Group(group.start, group.end - 1, group.digits[:-1])
    if view.plain[group.start] == "一":
        yield _Group(group.start + 1, group.end, group.digits[1:])


def _combined(view: View, form: str, groups: list[_Group]) -> Iterator[Claim]:
    """Neighbouring groups that together are a number: 6222 0202 …, 138-0013-8000. Longest first."""
    at = 0
    while at < len(groups):
        claim, size = _longest(view, form, groups, at)
        if claim:
            yield claim
        at += size


def _longest(view: View, form: str, groups: list[_Group], at: int) -> tuple[Claim | None, int]:
    """The longest number that begins with group `at`, and how many groups it takes."""
    digits, last = "", at
    while last < len(groups) and len(digits) + len(groups[last].digits) <= _LONGEST:
        digits += groups[last].digits
        last += 1
    for end in range(last, at + 1, -1):
        if len(digits) < _SHORTEST:
            break
        if len(digits) == 17 or secrets.classify(digits):
            found = _joined(view, form, groups[at:end])
            if found:
                return _claim(view, found[0], groups[at].start, found[1], found[2]), end - at
        digits = digits[: -len(groups[end - 1].digits)]
    return None, 1


def _free_stretches(view: View, groups: list[_Group]) -> Iterator[list[_Group]]:
    stretch: list[_Group] = []
    for group in groups:
        if view.free(group.start, group.end):
            stretch.append(group)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _keyed_stretch(view: View, form: str, groups: list[_Group]) -> Iterator[Claim]:
    """What follows 卡号 or 身份证, first as a number that its check digit confirms, else as far as it looks like one."""
    confirmed, used = _longest(view, form, groups, 0)
    rest = sum(len(group.digits) for group in groups[used:])
    if confirmed and confirmed.kind in ("card", "account") and rest not in (1, 2, 3):
        yield confirmed
        return
    size, taken = 0, 0
    for group in groups:
        if taken and size + len(group.digits) > _LONGEST:
            break
        size, taken = size + len(group.digits), taken + 1
    claim = _keyed(view, form, groups[:taken])
    if claim:
        yield claim


def digit_runs(view: View) -> Iterator[Claim]:
    """Cards, identity numbers and mobile phones, in one piece or in groups, in figures or Chinese digits."""
    for form in view.forms:
        for run in _RUN.finditer(form):
            groups = [
                _Group(run.start() + g.start(), run.start() + g.end(), g.group()) for g in _GROUP.finditer(run.group())
            ]
            for step in (_whole_groups, _keyed_stretch, _combined):
                for stretch in list(_free_stretches(view, groups)):
                    for claim in step(view, form, stretch):
                        view.take(claim)
    yield from ()


def _whole_groups(view: View, form: str, groups: list[_Group]) -> Iterator[Claim]:
    for group in groups:
        yield from _single(view, form, group)


def foreign_ids(view: View) -> Iterator[Claim]:
    """Hong Kong and Taiwan identity numbers, passports and permits."""
    for match in _FOREIGN.finditer(view.plain):
        letters, digits, bracket, check = match.groups()
        before = view.before(match.start())
        named = bool(_introduced("id").search(before) or _introduced("passport").search(before))
        if named or (secrets.hong_kong_id(letters, digits, check) and not word_list("labels").search(before[-4:])):
            end = match.end() if bracket or not match.group().endswith(")") else match.end() - 1
            yield Claim(match.start(), end, "id", "[ID]", "")
    for match in _TAIWAN.finditer(view.plain):
        if match.group()[1:].isdigit() and secrets.taiwan_id(match.group()):
            yield Claim(match.start(), match.end(), "id", "[ID]", "")
    for match in _passports().finditer(view.plain) if view.mentions("passport") else ():
        yield Claim(match.start(1), match.end(1), "id", "[ID]", "")


@lru_cache
def _passports() -> re.Pattern[str]:
    return union([r"{passport}[^\da-z。;\n]{0,6}([a-z]{1,2}\d{7,10}|\d{8,10})(?![\da-z])"], macros())


@lru_cache
def _keyed_phones() -> re.Pattern[str]:
    return union([rf"{{landline}}[^\d。;\n]{{0,6}}({_KEYED_PHONE})"], macros())


def other_phones(view: View) -> Iterator[Claim]:
    """Landlines, Hong Kong and Taiwan numbers, and addresses of digital wallets. Hotlines (400, 955xx) stay."""
    for match in _PHONES.finditer(view.plain):
        yield _phone(view, match.start(), match.end(), re.sub(r"\D", "", match.group()))
    for match in _keyed_phones().finditer(view.plain) if view.mentions("landline") else ():
        if not view.counts_something(match.end(1)) and not match.group(1).startswith(("400", "800")):
            yield _phone(view, match.start(1), match.end(1), re.sub(r"\D", "", match.group(1)))
    for match in _WALLET.finditer(view.plain):
        value = match.group()
        yield Claim(match.start(), match.end(), "account", f"[ACCOUNT:****{value[-4:]}]", value)
