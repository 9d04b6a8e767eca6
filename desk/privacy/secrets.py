"""What a run of digits is: a card, an identity number, a phone, or nothing of anybody's business."""

from __future__ import annotations

import re
from typing import Literal

Number = Literal["card", "id", "phone"]

_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "91",
    ]
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_MOBILE = re.compile(r"(?:0{0,2}86)?1[3-9]\d{9}")
_CARD_START = re.compile(r"[4569]|3[04-9]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)")


_DOUBLED = str.maketrans("0123456789", "0246813579")


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812)."""
    return (sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def mainland_id(text: str) -> bool:
    """An 18-character number with its check character (GB 11643), or a 15-digit one of before 2000."""
    if text[:2] not in _PROVINCES:
        return False
    if len(text) == 15:
        return text.isdigit() and _is_day(text[8:10], text[10:12])
    if len(text) != 18 or not text[:17].isdigit() or text[6:8] not in ("18", "19", "20"):
        return False
    if not _is_day(text[10:12], text[12:14]):
        return False
    total = sum(int(char) * weight for char, weight in zip(text, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[17].upper()


def hong_kong_id(letters: str, digits: str, check: str) -> bool:
    """One or two letters, six digits and their check character."""
    values = [36, *(ord(char) - 55 for char in letters.upper())][-2:]
    values += [int(char) for char in digits]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return (total + (10 if check.upper() == "A" else int(check))) % 11 == 0


def taiwan_id(text: str) -> bool:
    """A letter and nine digits with their check digit; the second character tells citizens from residents."""
    code = _TAIWAN_LETTERS.index(text[0].upper()) + 10
    values = [code // 10, code % 10, *map(int, text[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) % 10 == 0


def mobile(digits: str) -> bool:
    """A mainland mobile number, with or without the country's code."""
    return bool(_MOBILE.fullmatch(digits))


def starts_like_card(digits: str) -> bool:
    """Whether an issuer could have given out a number that begins so; dates and most references do not."""
    return bool(_CARD_START.match(digits))


def classify(digits: str) -> Number | None:
    """What these digits (and a final X) are by length and check digit alone; None when they are nothing."""
    size = len(digits)
    if size in (15, 18) and mainland_id(digits):
        return "id"
    if not digits.isdigit():
        return None
    if 11 <= size <= 15 and mobile(digits):
        return "phone"
    if 13 <= size <= 19 and starts_like_card(digits) and luhn(digits):
        return "card"
    return None
