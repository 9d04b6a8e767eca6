"""What is counted: contacts, cases and follow-ups of a period, as plain rows that can be split any way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

UNKNOWN = "未指明"
DIMENSIONS = ("branch", "tier", "product", "channel", "month")


@dataclass(frozen=True)
class Sides:
    """Where a row belongs in each dimension (the four of the seed: 机构 / 客户 / 产品 / 时间, and the channel)."""

    branch: str = UNKNOWN
    tier: str = UNKNOWN
    product: str = UNKNOWN
    channel: str = UNKNOWN
    month: str = UNKNOWN


@dataclass(frozen=True)
class Contact:
    """A service contact: one conversation that ended in the period."""

    id: str
    customer: str
    sides: Sides
    ended_at: datetime
    enquiry: bool
    """Asked something, and nothing was reported."""
    elderly: bool
    with_person: bool
    complained: bool
    """The reading heard a complaint in it."""
    has_case: bool
    topic: str | None
    first_replies_s: tuple[float, ...] = ()
    human_waits_s: tuple[tuple[str, float | None], ...] = ()
    """Priority and seconds from hand-off to the first word of a person; None when nobody spoke (abandoned)."""
    low_score: bool = False
    bot_messages: int = 0
    bot_lint: int = 0
    agent_messages: int = 0
    agent_lint: int = 0


@dataclass(frozen=True)
class Followed:
    """A follow-up of a closed case."""

    asked: bool
    answered: bool
    satisfied: bool | None
    solved: str | None
    perception: int | None
    manner: int | None
    index: float | None
    dissatisfied: bool
    recovered: bool | None
    """After dissatisfaction: whether the second chance ended with 4 or more."""


@dataclass(frozen=True)
class Case:
    """A complaint, by what happened to it."""

    number: str
    sides: Sides
    received_at: datetime
    registered_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    state: str
    counted: bool
    """Neither withdrawn nor merged: those are shown, not counted."""
    owned: bool
    answered_in_time: bool | None
    """A substantive answer within 24 hours; None while it is not due."""
    days_to_decision: float | None
    late: bool
    chases: int
    seconded: bool
    """A second complaint followed within 90 days of the decision."""
    rechecked: bool
    fed_back: bool
    noticed: bool
    judged: bool
    """Not a draft that nobody looked at in time."""
    excluded_handler: bool
    follow_up: Followed | None


@dataclass(frozen=True)
class Step:
    """One of the three changes."""

    kind: str
    sides: Sides
    offered: bool
    accepted: bool
    executed: bool
    succeeded: bool | None
    missed_by: str | None
    offered_after_refusal: bool


@dataclass(frozen=True)
class Due:
    """A promise that fell due."""

    sides: Sides
    kept: bool


@dataclass(frozen=True)
class Extended:
    """More time that was given to a case."""

    sides: Sides
    in_order: bool
    """The customer was told, and the upper level approved where it must."""


@dataclass(frozen=True)
class Sample:
    """Everything of one period."""

    start: datetime
    end: datetime
    contacts: tuple[Contact, ...] = ()
    customers: int = 0
    registered: tuple[Case, ...] = ()
    decided: tuple[Case, ...] = ()
    closed: tuple[Case, ...] = ()
    open: tuple[Case, ...] = ()
    """Not yet closed at the end of the period."""
    drafts: tuple[Case, ...] = ()
    ideas: int = 0
    """Suggestions and praise: reported problems too, for the omission rate."""
    steps: tuple[Step, ...] = ()
    promises: tuple[Due, ...] = ()
    extensions: tuple[Extended, ...] = ()

    def where(self, keep: Callable[[Sides], bool]) -> Sample:
        """The part whose sides pass `keep`."""

        def those(rows: Iterable[Any]) -> tuple[Any, ...]:
            return tuple(row for row in rows if keep(row.sides))

        contacts = those(self.contacts)
        return replace(
            self,
            contacts=contacts,
            customers=len({contact.customer for contact in contacts}),
            registered=those(self.registered),
            decided=those(self.decided),
            closed=those(self.closed),
            open=those(self.open),
            drafts=those(self.drafts),
            steps=those(self.steps),
            promises=those(self.promises),
            extensions=those(self.extensions),
        )

    def values(self, dimension: str) -> list[str]:
        """What occurs in a dimension, for splitting."""
        cases = (*self.registered, *self.decided, *self.closed, *self.open, *self.drafts)
        sides = [*(contact.sides for contact in self.contacts), *(case.sides for case in cases)]
        return sorted({str(getattr(side, dimension)) for side in sides})
