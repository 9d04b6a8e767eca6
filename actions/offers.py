"""Putting the decision table's offers into words and rows (SD017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.base import Turn
from desk.alerts.service import raise_alert
from desk.changes.places import PRIVATE, places_for
from desk.changes.service import offer
from desk.changes.table import Decision, Situation, decide
from desk.intake.service import present_case, situation_of
from desk.tickets.models import Ticket

Buttons = list[tuple[str, dict[str, Any]]]
INTENTS = {
    "change_person": "request_other_person",
    "change_place": "request_other_place",
    "change_time": "request_other_time",
}


async def look_up(turn: Turn, **facts: Any) -> tuple[Situation, Decision]:
    """The situation now, and what the table says of it."""
    situation = await situation_of(turn.session, turn.draft, turn.policy, **facts)
    return situation, decide(situation, turn.policy)


async def make_offers(turn: Turn, decision: Decision) -> tuple[str, Buttons]:
    """Record the table's offers and return the sentence and buttons that state them; empty when there are none.

    An offer that is still unanswered is only mentioned again; one that was declined never reappears.
    """
    if not decision.offers and not decision.pending_again:
        return "", []
    ticket = await present_case(turn.session, turn.draft)
    for kind in decision.offers:
        await offer(
            turn.session,
            conversation_id=turn.draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=turn.draft.effect(kind),
            kind=kind,
            rows=decision.rows,
            now=turn.draft.now,
            mood=turn.draft.reading.mood.level,
            target=decision.target if kind == "change_person" else None,
            options=[kind] if kind != "change_place" else await places_offered(turn, ticket),
        )
    if decision.exhausted and ticket is not None:
        await raise_alert(
            turn.session,
            key=f"head:{ticket.number}",
            kind="urgent",
            to="supervisor",
            now=turn.draft.now,
            ticket=ticket.number,
            conversation_id=turn.draft.conversation_id,
        )
    kinds = [*decision.pending_again, *decision.offers]
    if ticket is not None and decision.priority < ticket.priority:
        ticket.priority = decision.priority
    turn.draft.question = {"kind": "offer", "kinds": kinds}
    return sentence(turn, decision), buttons_for(turn, kinds)


def sentence(turn: Turn, decision: Decision) -> str:
    """The offers in words."""
    if decision.pending_again and not decision.offers:
        change = turn.text(f"changes.offer.again_{decision.pending_again[0]}")
        return turn.text("changes.offer.again", change=change)
    parts = []
    for n, kind in enumerate(decision.offers):
        key = kind
        if kind == "change_person" and turn.has_text(f"changes.offer.change_person_{decision.target}"):
            key = f"change_person_{decision.target}"
        if kind == "change_place" and turn.draft.place != "public":
            key = "change_place_private"
        if kind == "change_time" and n == 0:
            key = "change_time_alone"
        parts.append(turn.text(f"changes.offer.{key}"))
    if "change_place" not in decision.offers or turn.draft.place != "public":
        parts.append(turn.text("changes.offer.ask"))
    return "".join(parts)


async def places_offered(turn: Turn, ticket: Ticket | None) -> list[str]:
    """Where the talk may go on; in public the private chat comes first, and at least one more place stands beside it."""
    places = await places_for(turn.session, turn.policy, ticket, turn.draft.now)
    if turn.draft.place == "public":
        places = list(dict.fromkeys([PRIVATE, *places]))[: turn.policy.changes.least_places]
    return places


def buttons_for(turn: Turn, kinds: Sequence[str]) -> Buttons:
    """One button a kind, and a way to say no."""
    buttons: Buttons = [
        (turn.text(f"changes.button.{kind}"), {"intent": INTENTS[kind], "args": {"accepts": kind}}) for kind in kinds
    ]
    buttons.append((turn.text("changes.button.decline"), {"intent": "decline_change", "args": {"kinds": list(kinds)}}))
    return buttons
