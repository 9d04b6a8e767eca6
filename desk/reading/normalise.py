"""One form of writing for everything that reads: Simplified, half width, no control characters.

Every step maps one character to one character, so that a span of the result is a span of the message.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

from desk.reading.lexicon import load, words

ESCAPED_SLASH = "∕"
"""U+2215. Rasa takes a message whose first character is `/` for a command; no normalisation turns this one back."""

_HAN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x2A6E0))
_COMPATIBLE = (
    range(0xF900, 0xFB00),  # compatibility ideographs
    range(0xFE10, 0xFE20),  # vertical punctuation
    range(0xFE30, 0xFE70),  # small forms
    range(0xFF01, 0xFFEF),  # full and half width
    range(0x1D400, 0x1D800),  # mathematical letters and digits
)
_LEADING_SLASH = re.compile(r"\A[\s\x00-\x20]*/")


def _blank_or_digit(char: str) -> str | None:
    """What a blank, an invisible character or a foreign digit becomes; None for all others."""
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs"):
        return " "
    return str(unicodedata.digit(char)) if category == "Nd" else None


@lru_cache
def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in (*range(0x3400), *range(0xA000, 0x20000), *range(0xE0000, 0xE0080)):
        changed = _blank_or_digit(chr(code))
        if changed is not None and changed != chr(code):
            table[code] = changed
    for code in (code for block in _COMPATIBLE for code in block):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain
    han = [chr(code) for block in _HAN for code in block]
    simplified = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    table.update({ord(a): b for a, b in zip(han, simplified, strict=True) if a != b and len(b) == 1})
    table.update({ord(a): b for a, b in load("lookup", "characters")["characters"].items()})
    return table


@lru_cache
def _replacements() -> tuple[re.Pattern[str], dict[str, str]]:
    source = load("lookup", "characters")
    pairs = {**source["words"], **source["homophones"]}
    uneven = [word for word, other in pairs.items() if len(word) != len(other)]
    if uneven:
        raise ValueError(f"words that change length: {uneven}")
    return re.compile("|".join(map(re.escape, words(list(pairs))))), pairs


def normalise(text: str) -> str:
    """`text` in Simplified and half width, of the same length. Known slips (手续废, 转帐) are put right."""
    pattern, pairs = _replacements()
    return pattern.sub(lambda match: pairs[match.group()], text.translate(_table()))


def escape_command(text: str) -> str:
    """`text` with a leading slash made harmless, same length: `/restart` must not wipe a dialogue (architecture.md 8)."""
    match = _LEADING_SLASH.match(text)
    if not match:
        return text
    return text[: match.end() - 1] + ESCAPED_SLASH + text[match.end() :]
