"""Small things the dialogue has to remember between turns, kept with the conversation."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Memory(BaseModel):
    """Counters and last words of one conversation; written back with the replies they belong to."""

    soothed: int = 0
    """Soothing turns of the present case; after two the bot escalates rather than soothes a third time (3.4)."""
    chased: int = 0
    """How often the customer has asked after his case in this conversation; only the first answer has news (3.8)."""
    asked: list[str] = Field(default_factory=list)
    """The facts asked last, still open."""
    number_asked: str | None = None
    """The case in which the number of an earlier complaint was asked for; once is enough (3.12)."""
    asks: int = 0
    skips_in_row: int = 0
    asked_times: dict[str, int] = Field(default_factory=dict)
    """How often a fact of the present case was asked; a fact asked twice without an answer is left alone (rule F3)."""
    read_back: list[str] = Field(default_factory=list)
    """Facts already read back in this case; only what came later is read back again."""
    misunderstood_in_row: int = 0
    misunderstood: int = 0
    topic: str | None = None
    """Key of the last answer from the table, so that 那柜台呢 stays with its subject."""
    last_said: list[str] = Field(default_factory=list)
    contact_refused: bool = False
    contact_limits_told: bool = False
    boundary_told: bool = False
    waiting_said_at: str | None = None
    urgent: str | None = None
    """The risk that is being handled now; urgent steps go on until a person has taken over."""
    urgent_told: int = 0
    parked: str | None = None
    """The intent that danger interrupted, kept for later (D8)."""
