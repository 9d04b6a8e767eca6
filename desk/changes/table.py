"""The escalation decision table of 3-dialogue.md 3.5, as a pure function.

Rows 1–4 are danger (`desk.urgent`), rows 5, 14 and 15 come with casework; the others are decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from desk.policy.schemas import Policy
from desk.reading.schemas import Reading


@dataclass(frozen=True)
class Situation:
    """Everything the table looks at."""

    reading: Reading
    levels: Sequence[int]
    """Mood levels, oldest first, with the present turn."""
    soothed: int = 0
    second_complaint: bool = False
    chases: int = 0
    misunderstood_in_row: int = 0
    misunderstood: int = 0
    public: bool = False
    staffed: bool = True
    wants_person: bool = False
    declined: frozenset[str] = frozenset()
    """Kinds the customer refused; never offered again in this conversation unless asked (3.5)."""
    pending: frozenset[str] = frozenset()
    executed: int = 0
    in_case: bool = True


@dataclass(frozen=True)
class Decision:
    """What the table says: which rows fired, what to offer, how urgent, and who should take it."""

    rows: tuple[int, ...] = ()
    offers: tuple[str, ...] = ()
    priority: str = "P2"
    target: str = "agent"
    pending_again: tuple[str, ...] = ()
    """Offers still unanswered that deserve one more word instead of a new row."""
    exhausted: bool = False
    """Three changes are done already; now the head of the complaint unit decides."""
    reasons: tuple[str, ...] = field(default=())


def rising_twice(levels: Sequence[int]) -> bool:
    """Two rises in a row (0→1→2, 1→2→3)."""
    return len(levels) >= 3 and levels[-3] < levels[-2] < levels[-1]


def rows_of(situation: Situation, policy: Policy) -> list[int]:
    """The rows whose trigger is there, most urgent first."""
    reading, rules = situation.reading, policy.dialogue
    level = reading.mood.level
    rows: list[int] = []
    if situation.wants_person or reading.acts & {"ask_human", "ask_supervisor", "ask_other_person"}:
        rows.append(6)
    if situation.in_case and (situation.second_complaint or situation.chases >= 2):
        rows.append(7)
    if reading.staff_implicated:
        rows.append(8)
    if level == 4:
        rows.append(9)
    angry_still = level >= 3 and situation.soothed >= 1
    if angry_still or rising_twice(situation.levels):
        rows.append(10)
    if level >= rules.soothe.level and situation.soothed >= rules.soothe.most:
        rows.append(11)
    if situation.public:
        rows.append(12)
    if reading.threat:
        rows.append(13)
    if _misunderstood(situation, policy):
        rows.append(17)
    if reading.acts & {"busy", "ask_other_time"}:
        rows.append(18)
    return rows or ([20] if situation.in_case else [])


def _misunderstood(situation: Situation, policy: Policy) -> bool:
    limit = policy.dialogue.fallback
    return situation.misunderstood_in_row >= limit.in_row or situation.misunderstood >= limit.in_chat


def decide(situation: Situation, policy: Policy) -> Decision:
    """Read the table: the first row sets urgency and target, lower rows may add offers, two at most in a message."""
    rows = rows_of(situation, policy)
    table = policy.decisions["rows"]
    offers: list[str] = []
    again: list[str] = []
    for row in rows:
        for kind in _offers_of(row, table, situation):
            if kind in situation.declined and 6 not in rows:
                continue
            target = again if kind in situation.pending else offers
            if kind not in offers + again:
                target.append(kind)
    if not situation.staffed and "change_person" in offers:
        # Nobody is there: another time is the honest offer (row 16).
        rows.append(16)
        offers = [kind for kind in offers if kind != "change_person"]
        if "change_time" not in offers and not {"change_time"} & (situation.declined | situation.pending):
            offers.append("change_time")
    first = table[rows[0]] if rows else table[20]
    priority = min((table[row]["priority"] for row in rows), default="P2")
    supervisor = "ask_supervisor" in situation.reading.acts or any(table[row]["target"] == "supervisor" for row in rows)
    return Decision(
        rows=tuple(sorted(set(rows))),
        offers=tuple(offers[: policy.dialogue.changes.offers_per_message]),
        priority=priority,
        target="supervisor" if supervisor else ("agent" if first["target"] == "centre" else first["target"]),
        pending_again=tuple(again),
        exhausted=situation.executed >= policy.dialogue.changes.most,
        reasons=tuple(table[row]["name"] for row in rows),
    )


def _offers_of(row: int, table: dict[int, dict[str, list[str]]], situation: Situation) -> list[str]:
    offers = list(table[row]["offer"])
    if row == 10 and situation.declined >= {"change_person"} and "change_time" not in offers:
        offers.append("change_time")
    return offers
