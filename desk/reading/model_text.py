"""The text the model sees, in training and live alike: what cannot matter to the intent is taken out of its sight."""

from __future__ import annotations

import re
from functools import lru_cache

from desk.reading.facts.lookups import either, table, words
from desk.reading.lexicon import load
from desk.reading.normalise import escape_command, normalise

SOME_BANK = "银行"
_HIDDEN = re.compile(r"[*#]{2,}")


@lru_cache
def _bank_names() -> re.Pattern[str]:
    known = [name for canonical, others in table("institutions")["banks"].items() for name in (canonical, *others)]
    return re.compile(
        f"(?:{either(*known, *words('institutions', 'other_banks'))})(?:银行)?|[贵本]行(?!为|业|情)|[你我]行(?=的|[,，。?？!！]|$)",
        re.IGNORECASE,
    )


@lru_cache
def _greeting() -> re.Pattern[str]:
    return re.compile(load("lexicon", "model")["greeting"], re.IGNORECASE)


def model_text(text: str) -> str:
    """`text` normalised, without the greeting before it, every bank's name put as 银行, and masks as one sign.

    Whose bank it is does not change what is wanted (7-real-text.md 1): customers name theirs in every third question, and a
    model that sees the names learns that other names mean "not ours". The name stays in the facts (`institution`).
    """
    return escape_command(_HIDDEN.sub("#", _bank_names().sub(SOME_BANK, _greeting().sub("", normalise(text)))))
