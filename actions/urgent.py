"""What follows the first safety sentence, which the api has already said (3-dialogue.md 3.9)."""

from __future__ import annotations

from actions.base import DeskAction, Turn
from desk.intake.service import present_case
from desk.intake.taking import told
from desk.tickets.service import put_fact


class UrgentNext(DeskAction):
    """At most three facts, one sentence of help, and nothing else until a person has taken over."""

    action_name = "action_urgent_next"

    async def act(self, turn: Turn) -> None:
        draft, memory = turn.draft, turn.draft.memory
        ticket = await present_case(turn.session, draft)
        risk = memory.urgent or "fraud"
        if ticket is not None and not ticket.flags.get("restricted"):
            for key, (value, resolved) in told(draft.reading.facts, draft, turn.policy).items():
                await put_fact(
                    turn.session,
                    ticket.number,
                    key,
                    value=value,
                    status="given",
                    from_seq=draft.seq,
                    resolved=resolved,
                )
        step = "next" if memory.urgent_told == 0 else "more"
        memory.urgent_told += 1
        memory.asked = []
        asked = [] if step == "more" or risk in ("self_harm", "violence") else ["when", "amount"]
        number = ticket.number if ticket else ""
        turn.say(turn.text(f"urgent.{risk}.{step}", number=number), phase="urgent", asked=asked)
        turn.stage("urgent")


ACTIONS = [UrgentNext()]
