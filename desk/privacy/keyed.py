"""Secrets that only the words around them give away: codes, passwords, CVV, expiry, handles; and e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from desk.privacy.view import Claim, View, macros, public_number, units, word_list

_CODE = r"\d(?:[ -]?\d){3,7}(?!\d)"
_IS = r"(?:是|为|系|:|=|成|设|改|填|输入|输|发|给|写|报|说|念|is|as|to)"
_QUOTE = "[ \"'“”‘’「(《]{0,3}"
_VISIBLE = r"(?:[!-+\--:<-~]|,(?=[a-z!-/]))"
_PASSWORD = rf"\d(?:[ -]\d){{3,11}}(?!\d)|{_VISIBLE}{{4,32}}"
_COMMON_WORDS = frozenset(
    ["iphone", "android", "wechat", "alipay", "wifi", "touchid", "faceid", "null", "none", "what", "forgot"]
)
_TRAILING = ",.;!?)'\"]}"
_MAIL = re.compile(r"(?<![\w.%+-])[a-z0-9][\w.%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.ASCII)
_MORE_CODES = re.compile(r"(?:[ ,、和或/]{1,2}(\d{4,8}))(?!\d)")
_NUMBER = re.compile(r"(?<![a-z0-9*#/.])(?<!\d-)\d(?:[ -]?\d){3,7}(?![a-z0-9*/%])(?!-\d)")
_SPOKEN = re.compile(r"(?:\A|[^\w])([零〇一二三四五六七八九幺]{4,8})(?=[^\w]|\Z)")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_NEVER_CAME = re.compile(r"没收|收不到|没有收|未收|没到|没来|不到|没发")
_OTHER_CODES = re.compile(r"(?:error|swift|qr|bank|bin|zip|post|错误|报错)[ -]?\Z")
_EXPIRY = (
    r"(?:0?[1-9]|1[0-2]) ?[/\-.年月 ] ?(?:20)?\d{2}|20\d{2} ?[/年\-.] ?(?:0?[1-9]|1[0-2])|\d{2}年(?:0?[1-9]|1[0-2])"
    r"|(?:0[1-9]|1[0-2])\d{2}"
)
_MONTH_YEAR = re.compile(r"(?<![\d/.-])(?:0[1-9]|1[0-2]) ?/ ?(?:20)?[2-5]\d(?![\d/])")
_ABOUT_CARD = re.compile(r"卡|card|cv[vcn]|安全码|背面")


@lru_cache
def _after(name: str, gap: str, value: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{macros()[name]})(?P<gap>{gap}){_QUOTE}(?P<value>{value})")


@lru_cache
def _named_before(name: str) -> re.Pattern[str]:
    """The tail of 482913是我的验证码: what stands between a value and the word for it. A comma parts them."""
    whose = r"(?:我|你们|他们?|她|刚才?|收到|发来|短信|银行|卡|里|本人|取款|支付|登录){0,3}的?"
    link = rf"(?:[, ]?(?:这|那)?[个串]?就?[是为系]{whose}|这个|那个|的| )"
    return re.compile(rf" ?['\"”’」)]?{link}{'?' if name == 'otp' else ''}(?:{macros()[name]})")


def _is_password(view: View, start: int, value: str, *, said: bool) -> bool:
    """`said`: a 是/:/= stands before it. Without that, only a value with a digit is one."""
    if len(value) < 4 or value in _COMMON_WORDS:
        return False
    if value.isalpha():
        return said
    if not any(char.isdigit() for char in value):
        return said and len(value) >= 6
    return not (value.isdigit() and len(value) <= 5 and view.counts_something(start + len(value)))


def passwords(view: View) -> Iterator[Claim]:
    """密码是…, 密码…, …是我的密码. Nothing is taken from 密码忘了 or 密码错误3次."""
    for form in view.forms_about("password"):
        for gap, said in ((rf"[^\d。!?;\n]{{0,10}}?{_IS}", True), (r"[ :=]{0,3}", False)):
            for match in _after("password", gap, _PASSWORD).finditer(form):
                value = match.group("value").rstrip(_TRAILING)
                if _is_password(view, match.start("value"), value, said=said):
                    yield _destroyed(match.start("value"), match.start("value") + len(value), "password")
        yield from _reversed(form, "password", r"[!-~]{4,32}\Z")


def _destroyed(start: int, end: int, kind: str) -> Claim:
    return Claim(start, end, kind, f"[{kind.upper()}]", "")


def _reversed(form: str, name: str, value: str) -> Iterator[Claim]:
    for match in _named_before(name).finditer(form):
        found = re.search(value, form[max(0, match.start() - 33) : match.start()])
        if found and any(char.isdigit() for char in found.group()) and not public_number(found.group()):
            yield _destroyed(match.start() - len(found.group()), match.start(), name)


def _is_code(view: View, match: re.Match[str], *, said: bool) -> bool:
    digits = re.sub(r"\D", "", match.group("value"))
    if view.counts_something(match.end("value")) or _DAY.fullmatch(digits) or public_number(digits):
        return False
    if _OTHER_CODES.search(view.before(match.start(), 8)):
        return False
    gap = match.group("gap")
    return not _NEVER_CAME.search(gap) and (said or not word_list("not_a_code").search(gap))


def one_time_codes(view: View) -> Iterator[Claim]:
    """验证码 followed or preceded by four to eight digits."""
    for form in view.forms_about("otp"):
        for gap, said in ((r"[^\d。!?;\n]{0,6}?", False), (rf"[^\d。!?;\n]{{0,13}}?{_IS}", True)):
            for match in _after("otp", gap, _CODE).finditer(form):
                if not _is_code(view, match, said=said):
                    continue
                yield _destroyed(*match.span("value"), "otp")
                more = _MORE_CODES.match(form, match.end())
                if more and not view.counts_something(more.end()):
                    yield _destroyed(*more.span(1), "otp")
        yield from _reversed(form, "otp", r"(?<![\d*#:./-])\d{4,8}\Z")


def card_checks(view: View) -> Iterator[Claim]:
    """The three digits on the back, and the month a card expires."""
    for form in view.forms_about("cvv"):
        for match in _after("cvv", r"[^\d。;\n]{0,8}", r"\d(?:[ -]?\d){2,3}(?!\d)").finditer(form):
            if not view.counts_something(match.end("value")):
                yield _destroyed(*match.span("value"), "cvv")
    if view.mentions("expiry") and _ABOUT_CARD.search(view.plain):
        for match in _after("expiry", r"[^\d。;\n]{0,6}", rf"(?:{_EXPIRY})(?![\d/.-])").finditer(view.plain):
            yield _destroyed(*match.span("value"), "expiry")


def expiry_beside_card(view: View) -> Iterator[Claim]:
    """08/27 right behind a card number."""
    for claim in list(view.claims):
        if claim.kind in ("card", "account"):
            match = _MONTH_YEAR.search(view.plain, claim.end, claim.end + 14)
            if match:
                yield _destroyed(match.start(), match.end(), "expiry")


def addresses(view: View) -> Iterator[Claim]:
    """E-mail addresses."""
    for match in _MAIL.finditer(view.plain):
        value = match.group()
        yield Claim(match.start(), match.end(), "email", f"[EMAIL:{value[0]}***@{value.split('@')[1]}]", value)


def handles(view: View) -> Iterator[Claim]:
    """WeChat, QQ and Alipay names."""
    if not view.mentions("handle"):
        return
    for match in _after("handle", r"[^\da-z。;\n]{0,4}", r"[a-z0-9][a-z0-9_-]{4,19}").finditer(view.plain):
        value = match.group("value")
        if any(char.isdigit() for char in value):
            yield Claim(*match.span("value"), "account", f"[ACCOUNT:****{value[-4:]}]", value)


def bare_codes(view: View) -> Iterator[Claim]:
    """Four to eight digits alone, when a code was the subject; sums, dates, tails and hotlines are not meant."""
    for match in _NUMBER.finditer(view.plain):
        digits = re.sub(r"\D", "", match.group())
        labelled = word_list("labels").search(view.before(match.start(), 4))
        if labelled or view.counts_something(match.end()) or _DAY.fullmatch(digits) or public_number(digits):
            continue
        yield _destroyed(match.start(), match.end(), "otp")
    for match in _SPOKEN.finditer(view.plain):
        if view.plain[match.end() : match.end() + 1] not in units() or match.end() == len(view.plain):
            yield _destroyed(*match.span(1), "otp")
