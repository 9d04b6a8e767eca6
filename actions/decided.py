"""What a customer still brings when his case has been decided: new proof is never turned away (令2020/3 art. 18 ¶3)."""

from __future__ import annotations

from actions.base import Turn
from desk.alerts.service import raise_alert
from desk.clocks.answering import next_update
from desk.clocks.calendar import hours_of
from desk.clocks.service import review_deadline
from desk.intake.service import last_decided
from desk.policy.hours import say_date, say_time
from desk.reading.answers import tells_new_facts
from desk.reviews.service import DECIDED
from desk.tickets.models import Ticket
from desk.tickets.service import add_addition, promise_dates

LASTING = ("range", "vague")


async def brings_proof(turn: Turn) -> bool:
    """Whether this message brings something new to the decided case in hand; then it is taken and answered here.

    A day of its own makes it a new matter, 第二次投诉 a second complaint; after the days for a review it is a new case as well.
    """
    draft = turn.draft
    reading, decided = draft.reading, await last_decided(turn.session, draft)
    if decided is None or decided.notified_at is None or decided.state not in DECIDED:
        return False
    present = draft.case_number in (None, decided.number)
    fresh = any(when.precision not in LASTING for when in reading.facts.when) or reading.second_complaint
    proof = reading.facts.evidence is not None or tells_new_facts(reading.normalised)
    if not (present and proof) or fresh or draft.now > review_deadline(turn.policy, decided, decided.notified_at):
        return False
    await _take(turn, decided)
    return True


async def _take(turn: Turn, decided: Ticket) -> None:
    """Kept with the case, a supervisor told, and by when a person says whether it is taken up again."""
    draft = turn.draft
    kind = "evidence" if draft.reading.facts.evidence else "new_fact"
    await add_addition(
        turn.session, decided, effect=draft.effect("add"), kind=kind, text=draft.text, by="customer", now=draft.now
    )
    await raise_alert(
        turn.session,
        key=f"proof:{decided.number}:{draft.seq}",
        kind="duty",
        to="supervisor",
        now=draft.now,
        ticket=decided.number,
        conversation_id=draft.conversation_id,
    )
    due = decided.next_update_at = next_update(await hours_of(turn.session, turn.policy), "P1", draft.now)
    await promise_dates(turn.session, decided, turn_id=draft.turn_id, now=draft.now)
    told = decided.notified_at or draft.now
    turn.say(
        turn.text(
            "procedure.added_decided",
            number=decided.number,
            at=say_date(told),
            next_update=say_time(due, draft.now),
            until=say_date(review_deadline(turn.policy, decided, told)),
        ),
        phase="track",
    )
    turn.stage("registered")
