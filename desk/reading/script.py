"""Simplified or Traditional: which one the customer writes, and replies in the same (3-dialogue.md 3.7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import opencc

from desk.reading.lexicon import load, words
from desk.reading.schemas import Script

CANTONESE = frozenset("唔咗嘅喺冇佢哋啲嗰乜嘢咁㗎喎嚟俾畀搵睇嬲攞諗瞓嚿噉冧揾嘥啩啱")
"""Cantonese characters that both scripts share: with them and no Simplified character, a Hong Kong hand wrote it."""

_CONFIGS = {"zh-TW": "s2tw", "zh-HK": "s2hk"}
_DEFAULT = "s2tw"
_KEPT = re.compile(r"\[[A-Z]+(?::[^\]\s]{1,40})?\]|(?:TS|ZX|JY|BY|HC)\d{8}-?\d{4}(?:-\w{1,3})?|https?://\S+")


def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@lru_cache
def _only() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that only Traditional, and only Simplified writers use (the national standards tell them apart)."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    lines = "\n".join(han)
    simplified = opencc.OpenCC("t2s").convert(lines).split("\n")
    traditional = opencc.OpenCC("s2t").convert(lines).split("\n")
    hant = {a for a, b in zip(han, simplified, strict=True) if a != b and not _encodes(a, "gb2312")}
    hans = {a for a, b in zip(han, traditional, strict=True) if a != b and not _encodes(a, "big5hkscs")}
    return frozenset(hant), frozenset(hans)


def detect(text: str) -> Script | None:
    """The script of `text` by its share of Traditional-only characters; None when nothing in it tells (在吗, 5, ok)."""
    only_hant, only_hans = _only()
    hans = sum(char in only_hans for char in text)
    hant = sum(char in only_hant or char in CANTONESE for char in text)
    if hans == hant == 0:
        return None
    if hans and not any(char in only_hant for char in text):
        return "hans"
    return "hant" if hant * 2 >= hans + hant else "hans"


def script_of(text: str, default: Script = "hans") -> Script:
    """The script of `text`, or `default` (the one this customer wrote before) when nothing in it tells."""
    return detect(text) or default


@lru_cache
def _converter(config: str) -> opencc.OpenCC:
    return opencc.OpenCC(config)


@lru_cache
def _local_words(locale: str) -> tuple[re.Pattern[str], dict[str, str]]:
    source = load("lookup", "traditional")
    pairs = cast(dict[str, str], source.get(locale) or source["default"])
    return re.compile("|".join(map(re.escape, words(list(pairs))))), pairs


def _convert(text: str, locale: str) -> str:
    converted = _converter(_CONFIGS.get(locale, _DEFAULT)).convert(text)
    pattern, pairs = _local_words(locale)
    return pattern.sub(lambda match: pairs[match.group()], converted)


def to_script(text: str, script: Script, locale: str = "", keep: Sequence[str] = ()) -> str:
    """A reply of ours in the customer's script; `locale` zh-TW or zh-HK adds the words used there.

    Ticket numbers, typed tokens, addresses and the customer's own words in `keep` come out as they went in.
    """
    if script == "hans":
        return text
    kept = "|".join([_KEPT.pattern, *(re.escape(word) for word in keep if word)])
    parts: list[str] = []
    last = 0
    for match in re.finditer(kept, text):
        parts += [_convert(text[last : match.start()], locale), match.group()]
        last = match.end()
    return "".join([*parts, _convert(text[last:], locale)])
