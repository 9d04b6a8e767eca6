"""The word lists under `data/lookup/facts/`, read once."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

from desk.settings import ROOT

FOLDER = ROOT / "data" / "lookup" / "facts"


@cache
def table(name: str) -> dict[str, Any]:
    """The lookup file `name`.yml. Raises FileNotFoundError when it is missing: a reader without words reads nothing."""
    loaded = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{name}.yml is not a mapping")
    return loaded


def words(name: str, key: str) -> tuple[str, ...]:
    """The list `key` of a lookup file."""
    return tuple(str(w) for w in table(name)[key])


def either(*choices: str) -> str:
    """A regular expression that matches any of the words, the longest first."""
    return "(?:" + "|".join(re.escape(w) for w in sorted(set(choices), key=len, reverse=True)) + ")"
