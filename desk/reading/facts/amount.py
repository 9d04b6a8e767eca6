"""Sums of money: 3万8, 两千三, 500块, 1.2w, HK$300, 扣1800 (4-intents.md 4.2, `amount`; 7-real-text.md 9).

A number is money when it has a unit, is written in thousands, or stands where money stands (扣了, 年费, 卡里); a third of
all customers give no unit, and then `assumed` is set. Counts, ages, dates, labels and hotlines are not money.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from desk.reading.facts.lookups import either, table, words
from desk.reading.facts.numerals import STARTERS, Numeral, scan_number
from desk.reading.facts.spans import Cover, masked, span
from desk.reading.schemas import Amount, Span

_M = table("money")
_UNIT_CODES = {str(w): str(code) for code, ws in _M["units"].items() for w in ws}
_SYMBOL_CODES = {str(w): str(code) for code, ws in _M["symbols"].items() for w in ws}
_SMALL = {str(k): float(v) for k, v in _M["small_units"].items()}
_UNIT = re.compile(rf"[ ]?(?P<unit>{either(*_UNIT_CODES)})(?!钱包|(?<=刀)具|(?<=欧)洲|(?<=圆)圈)", re.IGNORECASE)
_SMALL_UNIT = re.compile(rf"(?P<unit>{either(*_SMALL)})(?!不|度|病)")
_SYMBOL = re.compile(rf"(?P<symbol>{either(*_SYMBOL_CODES)})[ :]?$", re.IGNORECASE)
_BEFORE = re.compile(rf"{either(*words('money', 'before'))}{either(*words('money', 'fillers'))}{{0,4}}$")
_AFTER = re.compile(rf"[多余]?[的得地]?{either(*words('money', 'after'))}")
_COUNTER = re.compile(rf"[ ]?{either(*words('money', 'counters'))}")
_LABEL = re.compile(rf"{either(*words('money', 'labels'))}(?:是|为|:|叫|第|[ ]|的)*$")
_HOTLINE = re.compile(_M["hotlines"])
_SURELY = re.compile(_M["surely_money"])
_IDIOM = re.compile(_M["idioms"])
_IN_WORDS = re.compile(_M["in_words"])
_APPROX_BEFORE = re.compile(rf"{either(*words('money', 'approx_before'))}[ ]?(?:为|有|了)?$")
_APPROX_AFTER = re.compile(either(*words("money", "approx_after")))
_TENTHS = re.compile(
    r"(?P<d>\d|[二三四五六七八九]|一(?![直起样般定边共些次下笔]))(?P<jiao>[毛角])?(?P<fen>[\d一二三四五六七八九]分)?(?![\d.个次年月天号点块元十百千万%])"
)
_RATE = re.compile(r"(?:利率|年化|利息率|费率|年利)[^,。!?;元块]{0,8}$")
_TO = re.compile(r"[ ]?(?:-|~|—|–|到|至)[ ]?(?=[\d一二两三四五六七八九十])")
_OVER = re.compile(r"[多余来]")
_CLAUSE_BEFORE = 12


class _Sign:
    """One number with what stands around it."""

    def __init__(self, text: str, number: Numeral) -> None:
        self.text, self.number = text, number
        self.before = text[max(0, number.start - _CLAUSE_BEFORE) : number.start]
        symbol = _SYMBOL.search(self.before)
        self.symbol = symbol["symbol"] if symbol else None
        self.start = number.start - (len(symbol[0]) if symbol else 0)
        self.end = number.end
        self.value = number.value
        self.approx = number.approx
        self.unit: str | None = None

    def read_unit(self) -> None:
        at = self.end
        over = _OVER.match(self.text, at)
        m = _UNIT.match(self.text, over.end() if over else at)
        if m:
            self.unit, self.end = _code(m["unit"], _UNIT_CODES), m.end()
            self.approx |= over is not None
            if m["unit"] in ("块", "元", "蚊"):
                self._read_tenths()
            return
        small = _SMALL_UNIT.match(self.text, at)
        if small:
            self.unit, self.end = "CNY", small.end()
            self.value = round(self.value * _SMALL[small["unit"]], 4)

    def _read_tenths(self) -> None:
        """3块5, 12元5角."""
        m = _TENTHS.match(self.text, self.end)
        if not m:
            return
        digit = scan_number(m["d"], 0)
        if digit:
            self.value, self.end = round(self.value + digit.value / 10, 4), m.end()

    @property
    def currency(self) -> str:
        if self.unit and self.unit != "CNY":
            return self.unit
        return _code(self.symbol, _SYMBOL_CODES) if self.symbol else (self.unit or "CNY")

    def is_counted(self) -> bool:
        m = _COUNTER.match(self.text, self.end)
        if m is None:
            return False
        return not (m[0] in ("后", "分") and self.value >= (100 if m[0] == "后" else 10_000))

    def is_label(self) -> bool:
        raw = self.text[self.number.start : self.number.end]
        if _LABEL.search(self.before) or (_HOTLINE.match(raw) and not _SURELY.search(self.before)):
            return True
        return len(raw) > 1 and raw[0] == "0" and "." not in raw

    def is_glued(self) -> bool:
        """Part of a code, a version or a date: iphone13, 2025-06, 1.2.3."""
        before = self.text[self.number.start - 1 : self.number.start]
        after = self.text[self.number.end : self.number.end + 2]
        if before and (before in "./_#*×" or (before.isascii() and before.isalnum())):
            return True
        dated = before in ("-", ":") and self.text[self.number.start - 2 : self.number.start - 1].isdigit()
        if dated and self.unit is None:
            return True
        return bool(re.match(r"[-./:_]\d|[A-Za-z*×]", after)) and not re.match(r"[-]\d", after)


def _code(word: str | None, codes: dict[str, str]) -> str:
    found = codes.get(word or "") or codes.get((word or "").upper())
    return found or next((c for w, c in codes.items() if w.lower() == (word or "").lower()), "CNY")


def _is_money(sign: _Sign, asked: bool) -> bool:
    if sign.symbol or sign.unit:
        return True
    number = sign.number
    after = bool(_AFTER.match(sign.text, sign.end))
    if _RATE.search(sign.before) or sign.is_label() or (sign.is_counted() and not after):
        return False
    if asked or _is_all(sign):
        return True
    in_place = after or bool(_BEFORE.search(sign.before))
    if number.scaled and number.value >= 1000:
        return True
    return in_place and number.value >= 10 and not (number.chinese and number.value < 100)


def _is_all(sign: _Sign) -> bool:
    """The message is this number and it can be no menu choice, score or account tail."""
    raw = sign.text[sign.number.start : sign.number.end]
    return sign.text.strip(" 。.!") == raw and sign.value >= 100 and not (len(raw) == 4 and raw.isdigit())


def _bare_order(text: str, at: int) -> Numeral | None:
    """上万元 and 上百块: an order of size without a digit."""
    sizes = {"百": 100.0, "千": 1000.0, "万": 10000.0}
    if at < 1 or text[at] not in sizes or text[at - 1] not in "上近过":
        return None
    if text[at + 1 : at + 2] in tuple("元块圆"):
        return Numeral(at, at + 1, sizes[text[at]], True, True, True)
    return None


def _numbers(text: str) -> Iterable[Numeral]:
    at = 0
    while at < len(text):
        number = scan_number(text, at) if text[at] in STARTERS else _bare_order(text, at)
        if number is None:
            at += 1
            continue
        yield number
        at = max(number.end, at + 1)


def _finish(sign: _Sign) -> Amount:
    approx = sign.approx or bool(_APPROX_BEFORE.search(sign.text[max(0, sign.start - 4) : sign.start]))
    approx = approx or bool(_APPROX_AFTER.match(sign.text, sign.end))
    return Amount(
        text=sign.text[sign.start : sign.end],
        start=sign.start,
        end=sign.end,
        value=sign.value,
        currency=sign.currency,
        approx=approx,
        assumed=not (sign.unit or sign.symbol),
    )


def _unit_ahead(sign: _Sign) -> None:
    """3000到5000元: the first number has the unit of the second."""
    to = _TO.match(sign.text, sign.number.end)
    second = scan_number(sign.text, to.end()) if to else None
    if second is None:
        return
    m = _UNIT.match(sign.text, second.end)
    if m:
        sign.unit = _code(m["unit"], _UNIT_CODES)
        if second.scaled and not sign.number.scaled and sign.value < 1000 and second.value >= 10000:
            sign.value *= 10000  # 3到5万元


def read_amounts(text: str, *, asked: bool = False, taken: Iterable[Span] = ()) -> list[Amount]:
    """The sums in `text` (Simplified). `asked`: a bare number is the answer. `taken`: spans that are no money (times)."""
    covered = masked(text)
    cover = Cover(taken)
    found: list[Amount] = []
    for number in _numbers(covered):
        sign = _Sign(covered, number)
        if number.start < (found[-1].end if found else 0):
            continue  # the 5角 of 12元5角
        sign.read_unit()
        if sign.is_glued() or _idiom_at(covered, number) or not cover.clear(number.start, number.end):
            continue
        if sign.unit is None:
            _unit_ahead(sign)
        if _is_money(sign, asked and len(covered) <= 20):
            found.append(_finish(sign))
    return [a.model_copy(update={"text": text[a.start : a.end]}) for a in _once(found)]


def read_sum_in_words(text: str) -> Span | None:
    """A sum that is told without a number (一个月的生活费, 全部积蓄); None when there is none."""
    m = _IN_WORDS.search(text)
    return span(text, m.start(), m.end()) if m else None


def _once(found: list[Amount]) -> list[Amount]:
    """Each sum once, where it is first named."""
    first: dict[tuple[float, str], Amount] = {}
    for amount in found:
        first.setdefault((amount.value, amount.currency), amount)
    return list(first.values())


def _idiom_at(text: str, number: Numeral) -> bool:
    window = max(0, number.start - 3)
    return any(m.start() <= number.start < m.end() for m in _IDIOM.finditer(text, window, number.end + 8))
