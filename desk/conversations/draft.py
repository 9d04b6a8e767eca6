"""The working copy of one attempt at one turn.

Actions read and write it; it is thrown away when the attempt fails, the owner changed, or the process dies. What it holds
reaches the database only in the write-back, together with the replies it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desk.conversations.memory import Memory
from desk.reading.schemas import Reading


@dataclass
class HandOff:
    """A wish to be put into the agents' queue; carried out by the write-back, so that a dropped turn queues nobody."""

    reason: str
    priority: str
    skill: str
    change_effect: str | None = None
    say_position: bool = True


@dataclass
class TurnDraft:
    """Everything an action may want to know about the turn, and may change."""

    turn_id: str
    conversation_id: str
    customer_id: str
    channel: str
    owner: str
    now: datetime
    text: str
    seqs: list[int]
    first_seq: int
    received_at: datetime
    reading: Reading
    levels: list[int]
    """Mood levels up to and with this turn, oldest first."""
    stage: str
    memory: Memory
    intent: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    case_number: str | None = None
    question: dict[str, Any] | None = None
    """The open question that will stand after this turn; replaced by what is asked now."""
    previous_question: dict[str, Any] | None = None
    phase: str = "open"
    place: str = "private"
    hand_off: HandOff | None = None
    leave_queue: bool = False
    priority: str | None = None
    asked: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    succeeded: list[str] = field(default_factory=list)

    @property
    def seq(self) -> int:
        """The newest message this turn answers."""
        return self.seqs[-1]

    @property
    def seed(self) -> str:
        """Picks the same wording when the turn is tried again, and when a conversation is played again."""
        return f"{self.first_seq}:{self.text}"

    def question_is(self, *kinds: str) -> bool:
        """Whether the customer was just asked such a question."""
        return (self.previous_question or {}).get("kind") in kinds

    def effect(self, what: str) -> str:
        """A key for an effect of this turn: the same in every attempt."""
        return f"{what}:{self.conversation_id}:{self.first_seq}"
