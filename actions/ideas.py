"""Suggestions and praise: written down, answered by a date, never lost (SD029)."""

from __future__ import annotations

from actions.base import DeskAction, Turn
from desk.conversations.service import get_conversation
from desk.intake.wording import shorten
from desk.policy.hours import say_date
from desk.tickets.service import add_item, open_draft, register


class RecordIdea(DeskAction):
    """Suggestions and praise get a record and a reply too: no service matter is small (SD029)."""

    def __init__(self, name: str, kind: str, text: str) -> None:
        self.action_name, self.kind, self.key = name, kind, text

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        conversation = await get_conversation(turn.session, draft.conversation_id, lock=True)
        case = conversation.case_number
        ticket = await open_draft(
            turn.session,
            conversation,
            kind=self.kind,
            effect=draft.effect(self.kind),
            received_at=draft.received_at,
            now=draft.now,
            intent=turn.intent,
        )
        what = draft.reading.facts.what.text if draft.reading.facts.what else draft.text
        await add_item(
            turn.session,
            ticket,
            effect="idea",
            what=shorten(what, 200),
            intent=turn.intent,
            cause_six=None,
            cause_jrt=[],
            from_seq=draft.seq,
        )
        await register(
            turn.session,
            ticket,
            rules=turn.policy,
            unit=turn.policy.service.unit,
            now=draft.now,
            turn_id=draft.turn_id,
            seq=draft.seq,
        )
        # The case in hand stays in hand: a word of praise in the middle of it is not the new subject.
        conversation.case_number = draft.case_number = case
        turn.say(
            turn.text(self.key, number=ticket.number, decision_due=say_date(ticket.decision_due or draft.now)),
            phase="procedure",
        )


ACTIONS = [
    RecordIdea("action_record_suggestion", "JY", "procedure.suggestion"),
    RecordIdea("action_record_praise", "BY", "procedure.praise"),
]
