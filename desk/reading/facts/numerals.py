"""Numbers as customers write them: 3万8, 两千三, 1.2w, 十几万, 二百五.

A number that states only its order (两千多, 十几万, 几百) is `approx`; its value is the least it can mean, with 几 as 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CHINESE_DIGITS = {
    "零": 0, "〇": 0, "○": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "两": 2, "俩": 2, "三": 3, "叁": 3,
    "四": 4, "肆": 4, "五": 5, "伍": 5, "六": 6, "陆": 6, "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9,
}  # fmt: skip
UNITS = {
    "十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8,
    "w": 10**4, "W": 10**4, "k": 1000, "K": 1000,
}  # fmt: skip
BIG = 10**4
STARTERS = frozenset("0123456789几数十拾廿卅" + "".join(CHINESE_DIGITS))
_TWENTY = {"廿": 20, "卅": 30}
_ARABIC = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)
_LONGEST = 24
_NOT_A_TENTH = frozenset("直起样般定边共些次下个笔点天年月")
"""After a whole number, 一 before one of these begins another word: 转了7k一直没到."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number at `text[start:end]`. `scaled`: written with 千/万/亿/w/k; `chinese`: with any Chinese numeral."""

    start: int
    end: int
    value: float
    approx: bool
    scaled: bool
    chinese: bool


class _Sum:
    """The value while it is read from left to right."""

    def __init__(self) -> None:
        self.total = 0.0
        self.section = 0.0
        self.digit: float | None = None
        self.last_unit = 1.0
        self.zero = False
        self.started = False

    def put(self, digit: float) -> None:
        self.digit, self.started = digit, True

    def unit(self, size: float) -> None:
        self.started = True
        if size >= BIG:
            here = self.section + (self.digit or 0)
            self.total = (self.total + (here or 1)) * size if size > BIG else self.total + (here or 1) * size
            self.section = 0.0
        else:
            self.section += (1 if self.digit is None else self.digit) * size
        self.digit, self.last_unit, self.zero = None, size, False

    def value(self) -> float:
        tail = self.digit or 0.0
        # 两千三 is 2300 and 3万8 is 38000: a last single digit counts tenths of the unit before it.
        if 0 < tail < 10 and self.last_unit >= 100 and not self.zero and tail == int(tail):
            tail *= self.last_unit / 10
        return self.total + self.section + tail


def _digit_run(text: str, at: int) -> tuple[int, float, bool]:
    """Read Chinese digits: a single one, 两三 (about two) or a string of positions (三八零零)."""
    end = at
    while end < len(text) and text[end] in CHINESE_DIGITS and end - at < 12:
        end += 1
    digits = [CHINESE_DIGITS[c] for c in text[at:end]]
    if len(digits) == 2 and digits[1] - digits[0] in (1, 2) and digits[0]:
        return end, digits[0], True
    value = 0
    for d in digits:
        value = value * 10 + d
    return end, value, False


class _Scanner:
    """Reads one number; split into small steps so that each kind of sign is dealt with on its own."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.start, self.at = text, start, start
        self.sum = _Sum()
        self.approx = self.scaled = self.chinese = self.latin = False

    def peek(self, ahead: int = 0) -> str:
        i = self.at + ahead
        return self.text[i] if i < len(self.text) else ""

    def arabic(self) -> bool:
        if self.sum.digit is not None and self.sum.digit > 0:
            return False
        m = _ARABIC.match(self.text, self.at)
        if not m:
            return False
        if self.sum.started and not re.fullmatch(r"\d|\d{3,4}", m[0]):
            return False  # 30万20年
        self.sum.put(float(m[0].replace(",", "")[:18]))
        self.at = m.end()
        return True

    def digits(self) -> bool:
        if self.peek() not in CHINESE_DIGITS or (self.sum.digit or 0) > 0 or not self.peek():
            return False
        if self.scaled and self.peek() == "一" and self.peek(1) in _NOT_A_TENTH:
            return False
        if CHINESE_DIGITS[self.peek()] == 0 and self.sum.started:
            self.sum.zero, self.at = True, self.at + 1
            return self.peek() in CHINESE_DIGITS or self.peek().isdigit()
        self.at, value, rough = _digit_run(self.text, self.at)
        self.sum.put(value)
        self.approx |= rough
        self.chinese = True
        return True

    def unit(self) -> bool:
        c = self.peek()
        size = UNITS.get(c)
        if not size:
            return False
        if c in "wWkK":
            following = self.peek(1)
            if self.chinese or self.sum.digit is None or (following.isascii() and following.isalpha()):
                return False
            self.latin = True
        elif not self._fits(size):
            return False
        self.sum.unit(size)
        self.at += 1
        self.scaled |= size >= 1000
        self.chinese |= not self.latin
        return True

    def _fits(self, size: float) -> bool:
        if not self.sum.started:
            return size == 10
        return not (size < BIG and 1 < self.sum.last_unit <= min(size, BIG - 1))

    def some(self) -> bool:
        """几千, 十几万, 20多万, 两千多, 十来万, 3000余."""
        c = self.peek()
        if c in ("几", "数"):
            tens = (self.sum.digit or 1) % 10 == 0  # 10几万
            if (self.sum.digit is not None and not tens) or (c == "数" and self.peek(1) not in UNITS):
                return False
            if not self.sum.started:
                self.sum.put(2)
            self.approx, self.at, self.chinese = True, self.at + 1, True
            return True
        if c in ("多", "余", "来") and self.sum.started and not self.approx:
            following = self.peek(1)
            balance = c == "余" and following in tuple("额款下")
            comes = c == "来" and following not in tuple("万千百块个元天岁")
            if balance or comes:
                return False
            self.approx, self.at = True, self.at + 1
            return True
        return False

    def twenty(self) -> bool:
        size = _TWENTY.get(self.peek())
        if not size or self.sum.started:
            return False
        self.sum.section, self.sum.started, self.sum.last_unit = size, True, 10
        self.at, self.chinese = self.at + 1, True
        return True

    def read(self) -> Numeral | None:
        while self.at < len(self.text) and self.at - self.start < _LONGEST:
            if not (self.arabic() or self.digits() or self.unit() or self.some() or self.twenty()):
                break
        if not self.sum.started:
            return None
        return Numeral(self.start, self.at, self.sum.value(), self.approx, self.scaled, self.chinese)


def scan_number(text: str, start: int) -> Numeral | None:
    """Read the longest number that begins at `start`, or None."""
    if start >= len(text) or text[start] not in STARTERS:
        return None
    return _Scanner(text, start).read()


def parse_number(text: str) -> Numeral | None:
    """Read `text` as one number from end to end, or None."""
    found = scan_number(text, 0)
    return found if found and found.end == len(text) else None


def small_number(text: str) -> int:
    """A day, month, hour or count already known to be written as a number (二十一, 07); −1 when it is not."""
    found = parse_number(text)
    return int(found.value) if found else -1
