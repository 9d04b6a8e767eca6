"""The companions of the five questions: tail, count, promise, evidence, on whose behalf, where to answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, get_args

from desk.reading.facts.lexicon import Hit
from desk.reading.facts.lookups import either, table
from desk.reading.facts.numerals import scan_number
from desk.reading.facts.spans import clauses, masked, span
from desk.reading.schemas import Span

ContactPref = Literal["chat", "phone", "sms", "email", "written", "none"]
OnBehalf = Literal["parent", "child", "spouse", "other"]

_S = table("story")
_TAIL = re.compile(_S["tail"]["pattern"])
_TAIL_AFTER = re.compile(_S["tail"]["after"])
_TAIL_BARE = re.compile(_S["tail"]["bare"])
_REDACTED_CARD = re.compile(r"\[CARD:\*{1,12}(?P<tail>\d{4})\]")
_COUNT = re.compile(_S["count"]["pattern"])
_PROMISE = re.compile(_S["promise"]["cue"])
_PROMISED = re.compile(_S["promise"]["content"])
_STRONG_PROMISE = re.compile(_S["promise"]["strong"])
_NOT_PROMISED = re.compile(_S["promise"]["denied"])
_EVIDENCE = re.compile(either(*_S["evidence"]["nouns"]))
_HAS = re.compile(_S["evidence"]["cue"])
_HAS_NOT = re.compile(_S["evidence"]["denied"])
_CONTACT: dict[ContactPref, re.Pattern[str]] = {k: re.compile(_S["contact"][k]) for k in get_args(ContactPref)}
_NARRATED = re.compile(_S["contact_narrated"])
_REFUSED = re.compile(_S["contact_denied"])
_CONTACT_ASKED = frozenset(_S["contact_asked"])
_BARE_PLACES: dict[str, ContactPref] = {
    "电话": "phone",
    "短信": "sms",
    "微信": "chat",
    "邮件": "email",
    "邮箱": "email",
    "书面": "written",
}
_LONGEST_PROMISE = 60
_SHORT_ANSWER = 12
_MOST = 10_000


def _relatives(kind: str) -> str:
    return either(*_S["relatives"][kind])


_THEIRS = {k: re.compile("|".join(p.replace("{r}", _relatives(k)) for p in _S["theirs"])) for k in get_args(OnBehalf)}
_NOT_THEIRS = {k: re.compile(_S["not_theirs"].replace("{r}", _relatives(k))) for k in get_args(OnBehalf)}


def read_tail(text: str, *, asked: bool = False) -> Span | None:
    """The last four digits of an account; four bare digits only when `asked`.

    Longer numbers are never taken, but what redaction left of a whole card number is: [CARD:****1234].
    """
    plain = masked(text)
    card = _REDACTED_CARD.search(text)
    if card:
        return Span(text=card["tail"], start=card.start("tail"), end=card.end("tail"))
    m = _TAIL.search(plain) or _TAIL_AFTER.search(plain) or (_TAIL_BARE.search(plain) if asked else None)
    return Span(text=text[m.start("tail") : m.end("tail")], start=m.start("tail"), end=m.end("tail")) if m else None


def read_count(text: str) -> int | None:
    """How often, as the customer counts; 第三次 before 三次, else the largest number."""
    counts: list[int] = []
    for m in _COUNT.finditer(masked(text)):
        number = scan_number(m["nth"] or m["n"] or m["calls"], 0)
        if number is None or not 2 <= number.value <= _MOST:
            continue
        if m["nth"]:
            return int(number.value)
        counts.append(int(number.value))
    return max(counts, default=None)


def read_promise(text: str) -> Span | None:
    """The clause in which somebody of the bank promised something: 答应三天回电, 说好免年费."""
    for start, end in clauses(text):
        m = _PROMISE.search(text, start, end)
        if m is None or _NOT_PROMISED.search(text, max(start, m.start() - 4), m.start()):
            continue
        told = _PROMISED.search(text, m.end(), min(len(text), m.end() + _LONGEST_PROMISE))
        if not _STRONG_PROMISE.match(m[0]) and (told is None or told.start() >= end):
            continue
        return span(text, m.start(), min(end, m.start() + _LONGEST_PROMISE))
    return None


def read_evidence(text: str) -> Span | None:
    """Proof that the customer has; proof that they ask for or lack is none."""
    for m in _EVIDENCE.finditer(text):
        before = text[max(0, m.start() - 12) : m.start()]
        if _HAS_NOT.search(before) or not (_HAS.search(before) or _alone(text, m.start(), m.end())):
            continue
        return Span(text=m[0], start=m.start(), end=m.end())
    return None


def _alone(text: str, start: int, end: int) -> bool:
    """录音在手机里, 截图如下: the noun begins its clause and is there."""
    opens = start == 0 or text[start - 1] in ",。!?; \n"
    return opens and bool(
        re.match(r"(?:我)?(?:都|也|还|全)?(?:在|如下|有|为证|已|附|保留|留|保存|存)", text[end : end + 6])
    )


def read_on_behalf(text: str) -> OnBehalf | None:
    """Whose matter it is when it is not the writer's own; relatives who are only mentioned do not count."""
    for kind in get_args(OnBehalf):
        m = _THEIRS[kind].search(text)
        if m and not _NOT_THEIRS[kind].search(text, max(0, m.start() - 4), min(len(text), m.end() + 4)):
            relation: OnBehalf = kind
            return relation
    return None


def _wanted(text: str, kind: ContactPref, *, asked: bool) -> Span | None:
    for m in _CONTACT[kind].finditer(text):
        before = text[max(0, m.start() - 10) : m.start()]
        if kind != "none" and (_REFUSED.search(before) or (not asked and _NARRATED.search(before))):
            continue
        return span(text, m.start(), m.end())
    return None


def _bare(text: str) -> tuple[ContactPref, Span] | None:
    """Asked how to tell them, one word is enough: 短信."""
    if len(text) > _SHORT_ANSWER:
        return None
    for word, kind in _BARE_PLACES.items():
        at = text.find(word)
        if at >= 0 and not _REFUSED.search(text[:at]):
            return kind, span(text, at, at + len(word))
    return None


def read_contact(text: str, asked: tuple[str, ...]) -> tuple[ContactPref, Span] | None:
    """How the customer wants to hear of it, and where they say so (3-dialogue.md 3.3 `contact`).

    A narrative (天天打电话) is no wish; a place that is refused (别打电话) is none either.
    """
    is_asked = bool(_CONTACT_ASKED & set(asked))
    kinds: tuple[ContactPref, ...] = ("chat", "written", "email", "sms", "phone", "none")
    for kind in kinds:
        found = _wanted(text, kind, asked=is_asked)
        if found is not None:
            return kind, found
    return _bare(text) if is_asked else None


def refused_contacts(text: str) -> list[Span]:
    """Where a way of being told is refused: 不留电话. It is no place in which something happened."""
    return [span(text, m.start(), m.end()) for m in _CONTACT["none"].finditer(text)]


def read_products(hits: Iterable[Hit]) -> tuple[str, ...]:
    """Canonical product names in the order they are named, the general 贷款 only when nothing more exact is."""
    names = list(dict.fromkeys(h.key for h in hits if h.label == "product"))
    if "贷款" in names and any(n.endswith("贷") for n in names):
        names.remove("贷款")
    return tuple(names)
