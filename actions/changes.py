"""变人、变地、变时: each offered, answered and carried out on the record (SD017–SD020, 3-dialogue.md 3.5, 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rasa_sdk.events import FollowupAction

from actions.base import DeskAction, Turn
from actions.offers import Buttons, look_up
from desk.appointments.offering import slot_options
from desk.appointments.service import book, can_keep, free_slots, nearest_slots, say_slot, tie_place
from desk.appointments.slots import ROOM, SlotTaken
from desk.changes.places import PRIVATE, note_needs, place_to_call, places_for
from desk.changes.service import decline, drop_other_offers, offer, pending, record
from desk.changes.table import SEATS
from desk.clock import local
from desk.consents.service import record_consent
from desk.conversations.draft import HandOff
from desk.intake.plan import is_complaint
from desk.intake.service import open_case, present_case
from desk.intake.taking import take_facts
from desk.policy.hours import ServiceHours, say_time
from desk.reading.facts.when import parse_appointment
from desk.recusal.service import branches_kept_off
from desk.tickets.models import Ticket


class ChangePerson(DeskAction):
    """A person, at once: never answered with another question (row 6). Honest when nobody is there (row 16)."""

    action_name = "action_change_person"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        ticket = await self._keep_complaint(turn)
        situation, decision = await look_up(turn, wants_person=True, in_case=ticket is not None)
        again = any(row for row in (await self._before(turn)))
        supervisor = (
            "ask_supervisor" in draft.reading.acts
            or again
            or decision.target == "supervisor"
            or situation.second_complaint
        )
        offered = await pending(turn.session, draft.conversation_id, "change_person")
        supervisor = supervisor or (offered is not None and offered.target == "supervisor")
        skill = "supervisor" if supervisor else "agent"
        if decision.exhausted:
            skill = turn.policy.changes.head
        elif not supervisor and decision.target in SEATS:
            skill = decision.target
        priority = min(decision.priority, "P1" if supervisor else "P2", ticket.priority if ticket else "P2")
        await drop_other_offers(turn.session, draft.conversation_id, "change_person", draft.now)
        if draft.owner == "queue":
            turn.say(turn.text("changes.person.already"), phase="handoff")
            return
        await record(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_person"),
            kind="change_person",
            rows=[6],
            answer="accepted",
            now=draft.now,
            mood=draft.reading.mood.level,
            target=skill,
            source="bot",
        )
        opening = turn.text("changes.person.complaint") if ticket and ticket.state == "draft" and is_first(turn) else ""
        if not situation.staffed:
            await say_slots(turn, rows=[6, 16], closed=True, opening=opening)
            return
        turn.say(
            opening + turn.text("changes.person.going_supervisor" if supervisor else "changes.person.going"),
            phase="handoff",
        )
        reason = "customer_asked" if "accepts" not in draft.args else "offer_accepted"
        draft.hand_off = HandOff(reason=reason, priority=priority, skill=skill)
        turn.stage("waiting")

    async def _keep_complaint(self, turn: Turn) -> Ticket | None:
        """我要投诉,转人工 is both: the draft is made before anybody is called (4.3)."""
        ticket = await present_case(turn.session, turn.draft)
        if turn.draft.reading.complaint and (ticket is None or ticket.state != "draft"):
            guess = next((name for name, _ in turn.predicted if is_complaint(turn.policy, name)), None)
            ticket = await open_case(turn.session, turn.draft, turn.policy, intent=guess)
        if ticket is not None and ticket.state == "draft":
            await take_facts(turn.session, turn.draft, ticket, turn.policy)
        return ticket

    @staticmethod
    async def _before(turn: Turn) -> list[int]:
        from desk.changes.service import of_conversation

        rows = await of_conversation(turn.session, turn.draft.conversation_id)
        return [
            row.id
            for row in rows
            if row.kind == "change_person"
            and row.answer == "accepted"
            and row.effect != turn.draft.effect("change_person")
        ]


def is_first(turn: Turn) -> bool:
    """Whether nothing has been said about the complaint yet, so that thanks and apology are still owed (G1)."""
    return turn.draft.reading.complaint and turn.draft.memory.soothed == 0 and turn.draft.memory.asks == 0


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
        start = self._wish(turn)
        if start is None:
            asked = draft.question_is("slots") and "accepts" not in draft.args
            lead = turn.text("changes.time.unclear") if asked else ""
            closed = not ServiceHours(turn.policy).staffed(draft.now)
            await say_slots(turn, rows=[18], closed=closed, lead=lead, place=place)
            return
        refusal = await self._refusal(turn, ticket, start, place)
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
    async def _refusal(turn: Turn, ticket: Ticket | None, start: datetime, place: str) -> str | None:
        """Why a time cannot be kept, as the key of a sentence; None when it can."""
        now, policy = turn.draft.now, turn.policy
        if start <= now:
            return "changes.time.past"
        if not ServiceHours(policy).staffed(start):
            return "changes.time.closed_then"
        if not await can_keep(turn.session, policy, ticket, now, start, place=place):
            return "changes.time.taken"
        return None

    @staticmethod
    def _wish(turn: Turn) -> datetime | None:
        if "start" in turn.draft.args:
            return datetime.fromisoformat(turn.draft.args["start"])
        when = parse_appointment(turn.draft.reading.normalised, turn.draft.now)
        if when is None or when.start_at is None:
            return None
        here = local(when.start_at)
        if when.precision in ("minute", "hour", "part_of_day"):
            # "Tomorrow morning" means: when the desk opens that morning.
            opening, _ = ServiceHours(turn.policy).span(here.date())
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
        if ticket is not None and ticket.answer_due is not None and ticket.answer_due < row.start:
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


class ChangePlace(DeskAction):
    """变地: with an explicit yes to a wording that is kept; the ticket follows, and a public place never carries personal
    data (row 12)."""

    action_name = "action_change_place"

    async def act(self, turn: Turn) -> None:
        draft, place = turn.draft, self._wish(turn)
        ticket = await present_case(turn.session, draft)
        public = draft.place == "public"
        places = await places_for(turn.session, turn.policy, ticket, draft.now)
        if place is None or (place not in places and not (public and place == PRIVATE)):
            await self._ask(turn, ticket, places, wanted=place)
            return
        await drop_other_offers(turn.session, draft.conversation_id, "change_place", draft.now)
        consent = await record_consent(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_place"),
            purpose="change_place",
            # In public the offer itself is the wording; elsewhere the place is chosen with the wording beside it.
            text=turn.text("changes.offer.change_place") if public else turn.text("changes.place.consent"),
            given=True,
            now=draft.now,
            seq=draft.seq,
        )
        await record(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_place"),
            kind="change_place",
            rows=[12],
            answer="accepted",
            now=draft.now,
            mood=draft.reading.mood.level,
            target=place,
            source=draft.place,
            # Somebody who is in the private place already has only to go on writing.
            executed=place == PRIVATE and not public,
            consent_text_version=consent.version,
        )
        if place == PRIVATE:
            await self._go_private(turn)
            return
        avoid = branches_kept_off(ticket) if place == ROOM else []
        told = turn.text("changes.place.avoid", names="、".join(avoid)) if avoid else ""
        lead = turn.text("changes.place.consent") + turn.text(f"changes.place.{place}", avoid=told)
        await say_slots(turn, rows=[12], place=place, lead=lead)

    @staticmethod
    def _wish(turn: Turn) -> str | None:
        args, text = turn.draft.args, turn.draft.reading.normalised
        if args.get("place"):
            return str(args["place"])
        words = {
            PRIVATE: ("私聊", "私信", "私下", "单独聊"),
            "phone": ("电话", "打给我", "回电", "通话"),
            "video": ("视频",),
            "home_visit": ("上门", "来我家", "到家里"),
            ROOM: ("网点", "当面", "支行", "过去谈", "面谈"),
        }
        named = next((place for place, marks in words.items() if any(mark in text for mark in marks)), None)
        return named or (PRIVATE if turn.draft.place == "public" else None)

    @staticmethod
    async def _ask(turn: Turn, ticket: Ticket | None, places: Sequence[str], *, wanted: str | None) -> None:
        draft = turn.draft
        await offer(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_place"),
            kind="change_place",
            rows=[12],
            now=draft.now,
            mood=draft.reading.mood.level,
            target=None,
            options=places,
            initiated_by="customer",
        )
        draft.question = {"kind": "place"}
        names = "，".join(turn.text(f"changes.place.names.{place}") for place in places)
        full = turn.text("changes.place.no_room") if wanted == ROOM else ""
        turn.say(
            full + turn.text("changes.place.ask", places=names) + turn.text("changes.place.consent"),
            phase="escalate",
            buttons=[
                (turn.text(f"changes.button.{place}"), {"intent": "request_other_place", "args": {"place": place}})
                for place in places
            ],
        )

    @staticmethod
    async def _go_private(turn: Turn) -> None:
        draft = turn.draft
        if draft.place == "public":
            turn.say(turn.text("changes.place.private"), phase="escalate", place="public")
            draft.place = "private"
            turn.say(turn.text("changes.place.private_hello"), phase="facts", place="private")
            turn.stage("facts" if draft.case_number else "open")
            return
        turn.say(turn.text("gratitude.listen"), phase="escalate")


class DeclineChange(DeskAction):
    """Refused once is refused for this conversation; we go on here."""

    action_name = "action_decline_change"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        kinds = draft.args.get("kinds") or self._named(turn)
        done = await decline(turn.session, draft.conversation_id, kinds, draft.now)
        ticket = await present_case(turn.session, draft)
        if not done:
            for kind in kinds or ["change_person"]:
                await record(
                    turn.session,
                    conversation_id=draft.conversation_id,
                    ticket=ticket.number if ticket else None,
                    effect=f"declined:{kind}",
                    kind=kind,
                    rows=[],
                    answer="declined",
                    now=draft.now,
                    mood=draft.reading.mood.level,
                )
        if ticket is not None and ticket.state == "draft":
            # 不用换人，你就给我解决 is no story; a date or a sum said in the same breath is a fact all the same.
            facts = draft.reading.facts.model_copy(update={"what": None})
            draft.reading = draft.reading.model_copy(update={"facts": facts})
            draft.args["taken"] = await take_facts(turn.session, draft, ticket, turn.policy)
            turn.say(turn.text("changes.decline"), phase="facts")
            turn.stage("facts")
            if not turn.tracker.active_loop:
                # Not yet in the form, which would go on by itself: the complaint is taken down in the same breath.
                turn.events.append(FollowupAction("facts_form"))
            return
        turn.say(turn.text("changes.decline_wait" if ticket else "changes.decline"), phase=turn.phase_now)

    @staticmethod
    def _named(turn: Turn) -> list[str] | None:
        text = turn.draft.reading.normalised
        words = {
            "change_person": ("换人", "换个人", "转人工", "主管", "经理"),
            "change_place": ("网点", "电话", "私信", "私聊", "当面"),
            "change_time": ("改天", "等", "约", "晚点", "回头"),
        }
        return [kind for kind, marks in words.items() if any(mark in text for mark in marks)] or None


class NoteVulnerability(DeskAction):
    """An access need: noted softly, and the channel it rules out is not offered; the offers of row 14 follow."""

    action_name = "action_note_vulnerability"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        ticket = await present_case(turn.session, draft)
        if ticket is not None:
            note_needs(ticket, draft.reading.normalised, turn.policy)
        draft.question = draft.previous_question
        turn.say(turn.text("changes.vulnerable"), phase=draft.stage if draft.stage in ("facts", "confirm") else "open")


class Wait(DeskAction):
    """In the queue: what is said is kept for the colleague, and the position is told as it is (architecture.md, 6)."""

    action_name = "action_wait"

    async def act(self, turn: Turn) -> None:
        turn.say(turn.text("changes.waiting.message"), phase="handoff")
        turn.draft.args["say_wait"] = True


ACTIONS = [ChangePerson(), ChangeTime(), ChangePlace(), DeclineChange(), NoteVulnerability(), Wait()]
