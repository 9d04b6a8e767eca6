"""What follows the first safety sentence, which the api has already said (3-dialogue.md 3.9)."""

from __future__ import annotations

from actions.base import DeskAction, Turn
from actions.enquiries import answered_from_record
from actions.gratitude import answer_chase
from desk.intake.service import present_case
from desk.intake.told import told
from desk.reading.normalise import normalise
from desk.reading.schemas import Risk
from desk.reading.signals import is_kept_by_machine
from desk.tickets.models import Ticket
from desk.tickets.service import facts_of, put_fact
from desk.tickets.states import OPEN_STATES
from desk.urgent.service import missing, next_step

RISKS: dict[str, Risk] = {
    "report_fraud": "fraud",
    "report_unauthorized_txn": "unauthorized_txn",
    "report_card_loss": "card_loss",
    "threaten_violence": "violence",
    "self_harm_risk": "self_harm",
}
SURE = 0.7
"""From here on the model alone is believed; below it, the customer is asked."""
LIFE: tuple[Risk, ...] = ("self_harm", "violence")
"""Where no word speaks of it, the model alone never calls a duty officer (decision 0008): the customer is asked."""


class UrgentNext(DeskAction):
    """At most three facts, one sentence of help, and nothing else until a person has taken over."""

    action_name = "action_urgent_next"

    async def act(self, turn: Turn) -> None:
        draft, memory = turn.draft, turn.draft.memory
        if memory.urgent is None:
            swallowed = await self._swallowed(turn)
            if swallowed is not None:
                await answer_chase(turn, swallowed)
                return
            if not await self._second_chance(turn):
                return
        risk = memory.urgent or draft.args["second_chance"]
        open_keys = missing(risk, await self._known(turn))
        step = next_step(risk, open_keys) if memory.urgent_told == 0 else "more"
        memory.urgent_told += 1
        # What was asked, so that a bare 6000 is read as the sum.
        memory.asked = [] if step == "more" else list(open_keys)
        number = draft.case_number or ""
        draft.args["needs_number"] = not number
        turn.say(
            turn.text(f"urgent.{risk}.{step}", number=number or "{number}"),
            phase="urgent",
            asked=[] if step == "more" else open_keys,
        )
        turn.stage("urgent")

    @staticmethod
    async def _second_chance(turn: Turn) -> bool:
        """The words alone did not sound like danger, the model thinks they are: act when it is sure, else ask (4.2)."""
        risk = RISKS[turn.intent]
        confidence = next((value for name, value in turn.predicted if name == turn.intent), 0.0)
        alone = confidence >= SURE and turn.draft.intent is None and risk not in LIFE
        if turn.draft.args.get("confirmed") or alone:
            turn.draft.args["second_chance"] = risk
            return True
        if await answered_from_record(turn):
            return False
        turn.draft.question = {"kind": "menu", "text": turn.draft.text}
        turn.say(
            turn.text("urgent.unsure_life" if risk in LIFE else "urgent.unsure"),
            phase="open",
            buttons=[
                (turn.text(f"urgent.button.{risk}"), {"intent": turn.intent, "args": {"confirmed": True}}),
                (turn.text("urgent.button.no"), {"intent": "complain_unspecified", "args": {}}),
            ],
        )
        turn.stage("open")
        return False

    @staticmethod
    async def _swallowed(turn: Turn) -> Ticket | None:
        """The case in hand about a card that a machine has: 把卡还我 asks after it, whatever the model takes it for."""
        ticket = await present_case(turn.session, turn.draft)
        in_hand = ticket is not None and ticket.state in OPEN_STATES and ticket.state != "draft"
        if ticket is None or not in_hand or turn.intent != "report_card_loss" or turn.draft.args.get("confirmed"):
            return None
        what = (await facts_of(turn.session, ticket.number)).get("what")
        return ticket if what is not None and is_kept_by_machine(normalise(what.value or "")) else None

    @staticmethod
    async def _known(turn: Turn) -> set[str]:
        """What the case holds, with what this message tells."""
        draft = turn.draft
        ticket = await present_case(turn.session, draft)
        if ticket is None or ticket.flags.get("restricted"):
            return set()
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
        return set(await facts_of(turn.session, ticket.number))


ACTIONS = [UrgentNext()]
