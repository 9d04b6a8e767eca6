"""变时: another time, really free, and the customer's own when it can be kept (SD020, 3-dialogue.md 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from actions.base import DeskAction, Turn
from actions.offers import Buttons
from desk.appointments.offering import slot_options
from desk.appointments.service import book, can_keep, free_slots, nearest_slots, say_slot, tie_place
from desk.appointments.slots import SlotTaken
from desk.changes.places import PRIVATE, place_to_call
from desk.changes.service import drop_other_offers, offer, pending, record
from desk.clock import local
from desk.clocks.calendar import hours_of
from desk.intake.service import present_case
from desk.policy.hours import ServiceHours, say_time
from desk.reading.facts.when import parse_appointment
from desk.tickets.models import Ticket
from desk.tickets.service import promise_dates


async def say_slots(
    turn: Turn,
    *,
    rows: Sequence[int],
    closed: bool = False,
    opening: str = "",
    place: str | None = None,
    lead: str = "",
    wish: datetime | None = None,
) -> None:
    """Three free slots and "you name one": the offer of another time (变时). Never a brush-off: leaving word is offered too.

    With a `wish` that cannot be kept: the three slots closest to it.
    """
    draft = turn.draft
    ticket = await present_case(turn.session, draft)
    place = place or place_to_call(ticket, turn.policy)
    if wish is None:
        slots = await free_slots(turn.session, turn.policy, ticket, draft.now, place=place)
    else:
        slots = await nearest_slots(turn.session, turn.policy, ticket, draft.now, wish, place=place)
    told = [slot.start.isoformat() for slot in slots]
    standing = await pending(turn.session, draft.conversation_id, "change_time")
    if standing is None:
        await offer(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_time"),
            kind="change_time",
            rows=rows,
            now=draft.now,
            mood=draft.reading.mood.level,
            target=None,
            options=told,
            initiated_by="customer" if 18 in rows else "system",
        )
    else:
        standing.offered = list(dict.fromkeys([*standing.offered, *told]))
    draft.question = {"kind": "slots", "call": place}
    buttons: Buttons = slot_options(slots, place)
    buttons.append(
        (turn.text("changes.button.decline"), {"intent": "decline_change", "args": {"kinds": ["change_time"]}})
    )
    said = turn.text("changes.person.closed") if closed else ""
    lead = lead or turn.text("changes.time.slots_text" if place == PRIVATE else "changes.time.slots")
    turn.say(
        opening + said + lead + "、".join(say_slot(slot.start, slot.branch) for slot in slots),
        phase="escalate",
        buttons=buttons,
    )


class ChangeTime(DeskAction):
    """变时: the customer picks; a booking is confirmed in words with weekday and date, and moves no deadline."""

    action_name = "action_change_time"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        ticket = await present_case(turn.session, draft)
        place = self._place(turn, ticket)
        hours = await hours_of(turn.session, turn.policy)
        start = self._wish(turn, hours)
        if start is None:
            asked = draft.question_is("slots") and "accepts" not in draft.args
            lead = turn.text("changes.time.unclear") if asked else ""
            closed = not hours.staffed(draft.now)
            await say_slots(turn, rows=[18], closed=closed, lead=lead, place=place)
            return
        refusal = await self._refusal(turn, ticket, start, place, hours)
        if refusal is None:
            try:
                await self._book(turn, start, place)
            except SlotTaken:
                refusal = "changes.time.taken"
        if refusal is not None:
            await say_slots(turn, rows=[18], lead=turn.text(refusal), place=place, wish=start)

    @staticmethod
    def _place(turn: Turn, ticket: Ticket | None) -> str:
        asked = str(turn.draft.args.get("call") or "")
        return asked if asked in turn.policy.changes.places else place_to_call(ticket, turn.policy)

    @staticmethod
    async def _refusal(
        turn: Turn, ticket: Ticket | None, start: datetime, place: str, hours: ServiceHours
    ) -> str | None:
        """Why a time cannot be kept, as the key of a sentence; None when it can."""
        now, policy = turn.draft.now, turn.policy
        if start <= now:
            return "changes.time.past"
        if not hours.staffed(start):
            return "changes.time.closed_then"
        if not await can_keep(turn.session, policy, ticket, now, start, place=place):
            return "changes.time.taken"
        return None

    @staticmethod
    def _wish(turn: Turn, hours: ServiceHours) -> datetime | None:
        if "start" in turn.draft.args:
            return datetime.fromisoformat(turn.draft.args["start"])
        when = parse_appointment(turn.draft.reading.normalised, turn.draft.now)
        if when is None or when.start_at is None:
            return None
        here = local(when.start_at)
        if when.precision in ("minute", "hour", "part_of_day"):
            # "Tomorrow morning" means: when the desk opens that morning.
            opening, _ = hours.span(here.date())
            return max(when.start_at, opening) if when.precision == "part_of_day" else when.start_at
        return None

    async def _book(self, turn: Turn, start: datetime, place: str) -> None:
        draft = turn.draft
        ticket = await present_case(turn.session, draft)
        row = await book(
            turn.session,
            policy=turn.policy,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("appointment"),
            start=start,
            now=draft.now,
            turn_id=draft.turn_id,
            place=place,
            branch=draft.args.get("branch"),
        )
        await drop_other_offers(turn.session, draft.conversation_id, "change_time", draft.now)
        change = await record(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_time"),
            kind="change_time",
            rows=[18],
            answer="accepted",
            now=draft.now,
            mood=draft.reading.mood.level,
            executed=True,
        )
        change.start, change.end = row.start, row.end
        if row.own_wish:
            change.note = "客户要求的时间晚于首次答复时间"
        await tie_place(turn.session, row)
        text = turn.text(
            "changes.time.booked",
            start=say_slot(row.start, row.branch),
            end=f"{local(row.end):%H:%M}",
            remind=turn.policy.service.appointment.remind_minutes,
        )
        if ticket is not None and ticket.answer_due is not None and draft.now < ticket.answer_due < row.start:
            await promise_dates(turn.session, ticket, turn_id=draft.turn_id, now=draft.now)
            text += turn.text("changes.time.booked_answer", answer_due=say_time(ticket.answer_due, draft.now))
        elif ticket is not None and ticket.state == "draft":
            text += turn.text("changes.time.booked_draft")
        turn.say(text, phase="escalate")
        if draft.owner == "queue":
            draft.leave_queue = True
        draft.question = None
        await self._finish_case(turn, ticket)

    @staticmethod
    async def _finish_case(turn: Turn, ticket: Ticket | None) -> None:
        """An unfinished draft with an appointment is registered with what there is: the caller must find a case."""
        if ticket is not None and ticket.state == "draft" and ticket.type == "TS":
            from actions.procedure import Register

            await Register().act(turn)
        elif turn.draft.stage == "waiting":
            turn.stage("open")
