"""变人、变地、变时: each offered, answered and carried out on the record (SD017–SD020, 3-dialogue.md 3.5, 3.6)."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.base import DeskAction, Turn
from actions.gratitude import standing
from actions.offers import look_up
from actions.places import ChangePlace
from actions.times import ChangeTime, say_slots
from desk.appointments.service import booked, cancel
from desk.changes.places import note_needs
from desk.changes.service import decline, drop_other_offers, pending, record
from desk.changes.table import SEATS
from desk.conversations.draft import HandOff
from desk.intake.plan import is_complaint
from desk.intake.service import open_case, present_case
from desk.intake.taking import take_facts
from desk.tickets.chasing import refuse_second
from desk.tickets.models import Ticket
from desk.tickets.service import get_ticket


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


class DeclineChange(DeskAction):
    """Refused once is refused for this conversation; we go on here."""

    action_name = "action_decline_change"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        if await self._refuse_second(turn):
            return
        kinds = draft.args.get("kinds") or self._named(turn)
        agreed = await booked(turn.session, draft.conversation_id) if draft.args.get("calls_off") else None
        if agreed is not None:
            await cancel(turn.session, agreed)
            turn.say(turn.text("changes.time.cancelled"), phase="track")
            return
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
    async def _refuse_second(turn: Turn) -> bool:
        """No to the second complaint that was made of a case asked after three times; with it no to what was offered."""
        draft = turn.draft
        number = (draft.previous_question or {}).get("second")
        if number is None:
            return False
        await decline(turn.session, draft.conversation_id, None, draft.now)
        ticket = await get_ticket(turn.session, number)
        await refuse_second(turn.session, ticket, draft=draft)
        turn.say(turn.text("gratitude.second_refused") + await standing(turn, ticket), phase="track")
        return True

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
