"""An answer the bank stands behind, and a find."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PLACEHOLDERS = frozenset({"hotline", "hotline_regulator", "antifraud"})
"""What an answer may leave open. Numbers of the world stand in the policy, with the day they were checked."""

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Question = Annotated[str, Field(min_length=2, max_length=80)]


class Entry(BaseModel):
    """One answer with the ways people ask for it. Either sample data, or a fact with its source."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    key: Key
    intent: Annotated[str, Field(pattern=r"^(inquire|ask)_[a-z_]+$", max_length=60)]
    topic: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=40)]
    """What is being spoken of (transfer, branch, credit_card …): a next, shorter question stays in it."""
    products: tuple[str, ...] = ()
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=12)]
    answer: Annotated[str, Field(min_length=1, max_length=120)]
    """Simplified Chinese; may hold placeholders such as {hotline}."""
    as_of: date
    source: str | None = None
    sample: bool = False
    active: bool = True
    follow_ups: tuple[Key, ...] = ()
    """Entries people ask for next."""

    @model_validator(mode="after")
    def _is_grounded(self) -> Self:
        if not self.sample and not self.source:
            raise ValueError("an answer is sample data or names its source")
        unknown = set(re.findall(r"\{([^}]*)\}", self.answer)) - PLACEHOLDERS
        if unknown:
            raise ValueError(f"unknown placeholders: {sorted(unknown)}")
        return self


class Hit(BaseModel):
    """A find. `score` is 0 for nothing in common and 1 for the same words, plus what the circumstances add."""

    model_config = ConfigDict(frozen=True)

    entry: Entry
    score: float
