"""The escalation decision table of 3-dialogue.md 3.5, as a pure function.

Rows 1–4 are danger: the api acts on them before the bot is asked (`desk.urgent`); here they only set urgency and target.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
    promise_broken: bool = False
    """Something we promised in this case did not happen, and nobody has owned up to it yet."""
    misunderstood_in_row: int = 0
    misunderstood: int = 0
    public: bool = False
    staffed: bool = True
    wants_person: bool = False
    declined: frozenset[str] = frozenset()
    """Kinds the customer refused; never offered again in this conversation unless asked (3.5)."""
    pending: frozenset[str] = frozenset()
    executed: int = 0
    """Changes carried out in this case, in whichever conversation."""
    in_case: bool = True
    group_size: int = 0
    """People complaining together, as told."""
    major: bool = False
    """Twenty in person, a disaster, the bank's own systems down, or a case already marked as major."""
    vulnerable: bool = False
    tier: str = "GENERAL"
    """From the bank's data, never from what is claimed."""
    registered: bool = True
    """Rows that belong to a calm case (14, 15) offer something only then: facts are not interrupted for them."""
    long_wait: bool = False
    """The queue is longer than the target, or nobody is free (row 19)."""


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


DANGER = {"self_harm": 1, "violence": 2, "fraud": 3, "unauthorized_txn": 4, "card_loss": 4, "identity_misuse": 4}
ANGRY = 3
SEATS = ("care", "rm")
"""Seats for somebody in particular: rows 14 and 15, when no row above asks for a supervisor."""


def is_disaster(text: str, policy: Policy) -> bool:
    """Whether it is the bank's systems or the world that broke down, for everybody (row 5)."""
    return re.search(policy.changes.disaster, text) is not None


def rising_twice(levels: Sequence[int]) -> bool:
    """Two rises in a row (0→1→2, 1→2→3)."""
    return len(levels) >= 3 and levels[-3] < levels[-2] < levels[-1]


def rows_of(situation: Situation, policy: Policy) -> list[int]:
    """The rows whose trigger is there, most urgent first. Row 16 follows from what would be offered (`decide`)."""
    reading, rules = situation.reading, policy.dialogue
    level, acts, in_case = reading.mood.level, reading.acts, situation.in_case
    there = {
        5: situation.group_size >= policy.casework.group.many or situation.major,
        6: situation.wants_person or bool(acts & {"ask_human", "ask_supervisor", "ask_other_person"}),
        7: in_case and (situation.second_complaint or situation.chases >= 2 or situation.promise_broken),
        8: reading.staff_implicated,
        9: level == 4,
        10: (level >= ANGRY and situation.soothed >= 1) or rising_twice(situation.levels),
        11: level >= rules.soothe.level and situation.soothed >= rules.soothe.most,
        12: situation.public,
        13: reading.threat is not None,
        14: in_case and situation.vulnerable,
        15: in_case and situation.tier in policy.changes.tiers,
        17: _misunderstood(situation, policy),
        18: bool(acts & {"busy", "ask_other_time"}),
        19: situation.long_wait,
    }
    rows = [DANGER[reading.risk]] if reading.risk is not None else []
    rows += [row for row, fires in there.items() if fires]
    return rows or ([20] if in_case else [])


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
    exhausted = situation.executed >= policy.dialogue.changes.most
    if exhausted:
        # Three changes did not settle it: a fourth is the head's to decide, and nobody else's (3.5).
        offers = [kind for kind in offers if kind == "change_person"]
        again = [kind for kind in again if kind == "change_person"]
    if not situation.staffed and "change_person" in offers:
        # Nobody is there: another time is the honest offer (row 16).
        rows.append(16)
        offers = [kind for kind in offers if kind != "change_person"]
        if "change_time" not in offers and not {"change_time"} & (situation.declined | situation.pending):
            offers.append("change_time")
    return Decision(
        rows=tuple(sorted(set(rows))),
        offers=tuple(offers[: policy.dialogue.changes.offers_per_message]),
        priority=_priority(rows, situation, table, policy),
        target=policy.changes.head if exhausted else _target(rows, situation, table),
        pending_again=tuple(again),
        exhausted=exhausted,
        reasons=tuple(table[row]["name"] for row in rows),
    )


def _priority(rows: Sequence[int], situation: Situation, table: dict[int, dict[str, Any]], policy: Policy) -> str:
    """The most urgent row's; twenty people and more in person are P0, furious about the staff is P1 (rows 5 and 8)."""
    told = [str(table[row]["priority"]) for row in rows]
    if 5 in rows and situation.major and situation.group_size >= policy.casework.group.major:
        told.append("P0")
    if 8 in rows and situation.reading.mood.level >= ANGRY:
        told.append("P1")
    return min(told, default="P2")


def _target(rows: Sequence[int], situation: Situation, table: dict[int, dict[str, Any]]) -> str:
    targets = [str(table[row]["target"]) for row in rows]
    if rows and rows[0] <= 4:
        return targets[0]
    if "ask_supervisor" in situation.reading.acts or "supervisor" in targets:
        return "supervisor"
    seat = next((target for target in targets if target in SEATS), None)
    first = targets[0] if targets else "agent"
    return seat or ("agent" if first == "centre" else first)


def _offers_of(row: int, table: dict[int, dict[str, Any]], situation: Situation) -> list[str]:
    rule = table[row]
    if rule.get("once_registered") and not situation.registered:
        return []
    offers = list(rule["offer"])
    if row == 10 and situation.declined >= {"change_person"} and "change_time" not in offers:
        offers.append("change_time")
    return offers
