"""What the trained readers tell, and when they are believed."""

from __future__ import annotations

from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from desk.reading.lexicon import load
from desk.reading.schemas import Frozen, Risk


class Findings(Frozen):
    """What the trained readers take a message for."""

    danger: float
    """Probability that it is urgent at all."""
    risk: Risk
    """Which danger it is, if it is one."""
    grounded: bool = True
    """Whether the text holds a word that this danger is told with; asked for danger to life only."""
    polite: bool = False
    """Whether somebody asks or thanks."""
    mood: int = Field(ge=0, le=4)
    """The level that is as likely exceeded as not reached."""
    cause_six: int = Field(ge=1, le=6)
    """Which of seed 002's six causes, if it is a complaint."""
    cause_chance: float


class Thresholds(BaseModel):
    """`data/policy/reading.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    danger: float = Field(ge=0, le=1)
    guarded: float = Field(ge=0, le=1)
    danger_shortest: int = Field(ge=0)
    mood_shortest: int = Field(ge=0)
    mood_story: int = Field(ge=0)
    cause: float = Field(ge=0, le=1)


@lru_cache
def thresholds() -> Thresholds:
    """The thresholds of this installation."""
    return Thresholds.model_validate(load("policy", "reading"))
