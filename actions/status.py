"""Where a case stands, told to whoever asks (3-dialogue.md 3.8)."""

from __future__ import annotations

from actions.base import DeskAction, Turn
from actions.decided import brings_proof
from actions.gratitude import answer_asking, standing
from desk.intake.second import tie_by_number
from desk.intake.service import earlier_case, present_case
from desk.tickets.chasing import note_asking
from desk.tickets.lookup import look_up_ticket
from desk.tickets.merging import merged_into
from desk.tickets.models import Ticket
from desk.tickets.numbers import find_code, find_number
from desk.tickets.service import tickets_of
from desk.tickets.states import UNDER_WAY


class TicketStatus(DeskAction):
    """Where the case stands: last step, present step, and a time (3.8). Elsewhere made tickets need number and code."""

    action_name = "action_ticket_status"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        asked = (draft.previous_question or {}).get("number") if draft.question_is("lookup") else None
        number, code = find_number(draft.text) or asked, find_code(draft.text.upper())
        mine = {ticket.number: ticket for ticket in await tickets_of(turn.session, draft.customer_id)}
        if number is not None and number not in mine:
            await self._elsewhere(turn, number, code)
            return
        await self._ties(turn)
        ticket = (
            mine.get(number or "") or await earlier_case(turn.session, draft) or await present_case(turn.session, draft)
        )
        ticket = ticket or next(iter(mine.values()), None)
        merged = ""
        if ticket is not None and ticket.state == "merged":
            asked_for, ticket = ticket, await merged_into(turn.session, ticket)
            merged = self._where(turn, asked_for, ticket)
        if ticket is None:
            draft.question = {"kind": "lookup"}
            turn.say(turn.text("procedure.status.none"), phase="track")
            return
        if ticket.decided_at is not None and await brings_proof(turn):
            return
        if ticket.state not in UNDER_WAY:
            turn.say(merged + await standing(turn, ticket), phase="track")
            return
        complains = asks_again(draft.text)
        asked = await note_asking(turn.session, ticket, draft=draft, policy=turn.policy, complains=complains)
        if asked.chase or complains:
            await answer_asking(turn, ticket, asked, lead=merged)
            return
        turn.say(merged + await standing(turn, ticket), phase="track")

    async def _elsewhere(self, turn: Turn, number: str, code: str | None) -> None:
        if code is None:
            await self._ties(turn)
            turn.draft.question = {"kind": "lookup", "number": number}
            turn.say(turn.text("procedure.status.ask_code", number=number), phase="track")
            return
        found = await look_up_ticket(
            turn.session, number, code, who=turn.draft.customer_id, policy=turn.policy, now=turn.draft.now
        )
        if found.ticket is None:
            turn.draft.question = {"kind": "lookup", "number": number}
            key = "procedure.status.too_many" if found.too_many else "procedure.status.wrong"
            turn.say(turn.text(key, minutes=turn.policy.dialogue.lookup.minutes), phase="track")
            return
        await self._ties(turn, shown=found.ticket)
        ticket = await merged_into(turn.session, found.ticket)
        turn.say(self._where(turn, found.ticket, ticket) + await standing(turn, ticket), phase="track")

    @staticmethod
    async def _ties(turn: Turn, shown: Ticket | None = None) -> None:
        """In the middle of a second complaint the number says which the first one was."""
        present = await present_case(turn.session, turn.draft)
        if present is not None and present.state == "draft" and present.flags.get("second_complaint"):
            await tie_by_number(turn.session, turn.draft, present, turn.policy, shown=shown)

    @staticmethod
    def _where(turn: Turn, asked: Ticket, answered: Ticket) -> str:
        """The number that was asked for goes on under another one."""
        if asked.number == answered.number:
            return ""
        return turn.text("procedure.status.merged", number=asked.number, into=answered.number)


def asks_again(text: str) -> bool:
    """怎么还没 and its sisters."""
    return any(word in text for word in ("怎么还", "还没", "到底", "多久了", "催"))


ACTIONS = [TicketStatus()]
