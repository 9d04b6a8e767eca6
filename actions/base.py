"""What every action works with: the turn's draft, a transaction, the rules, and a way to say things."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, Tracker
from rasa_sdk.types import DomainDict
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.draft import TurnDraft
from desk.conversations.service import get_conversation
from desk.db import Database
from desk.policy.schemas import Policy
from desk.reading.service import Reader
from desk.texts.service import texts

PHASES = {"registered": "track", "waiting": "handoff"}
FACTS = ("what", "when", "where", "who", "amount", "account_tail", "remedy", "contact", "new_facts")


@dataclass(frozen=True)
class Work:
    """Where the actions of one attempt run."""

    database: Database
    policy: Policy
    draft: TurnDraft
    reader: Reader


work: ContextVar[Work] = ContextVar("work")


@dataclass
class Turn:
    """One action's view of the turn."""

    draft: TurnDraft
    session: AsyncSession
    policy: Policy
    reader: Reader
    tracker: Tracker
    dispatcher: CollectingDispatcher
    events: list[EventType] = field(default_factory=list)

    def text(self, key: str, **values: object) -> str:
        """A sentence from `data/texts`, in the wording this turn always uses."""
        return texts().say(key, seed=self.draft.seed, **values)

    def has_text(self, key: str) -> bool:
        """Whether `data/texts` has such a sentence."""
        return texts().has(key)

    def say(
        self,
        text: str,
        *,
        phase: str,
        asked: Sequence[str] = (),
        buttons: Sequence[tuple[str, dict[str, Any]]] = (),
        place: str | None = None,
    ) -> None:
        """Say something to the customer. What it states must already be written in this action's transaction."""
        self.draft.phase = phase
        self.draft.asked.extend(asked)
        custom = {"phase": phase, "asked": list(asked), **({"place": place} if place else {})}
        self.dispatcher.utter_message(
            text=text,
            buttons=[
                {"title": title, "payload": json.dumps(payload, ensure_ascii=False)} for title, payload in buttons
            ],
            json_message=custom,
        )

    def set(self, slot: str, value: object) -> None:
        """Set one of Rasa's slots."""
        self.events.append(SlotSet(slot, value))

    def stage(self, stage: str) -> None:
        """Where the dialogue stands after this action; drives the rules."""
        self.draft.stage = stage
        self.set("stage", stage)

    @property
    def intent(self) -> str:
        """The intent the rules acted on."""
        return str(self.tracker.latest_message.get("intent", {}).get("name") or "")

    @property
    def predicted(self) -> list[tuple[str, float]]:
        """The model's own readings, best first, without what the state made of them."""
        ranking = self.tracker.latest_message.get("intent_ranking") or []
        return [(entry["name"], float(entry["confidence"])) for entry in ranking]

    @property
    def phase_now(self) -> str:
        """The phase of a reply that does not move the dialogue."""
        return PHASES.get(self.draft.stage, self.draft.stage)

    @property
    def upset(self) -> bool:
        """Whether feelings come before facts now (SD016)."""
        mood, rule = self.draft.reading.mood, self.policy.dialogue.soothe
        return mood.level >= rule.level or (mood.score >= rule.score and mood.level >= 1)


class DeskAction(Action):
    """An action: one transaction, committed when it ends, rolled back when it fails."""

    action_name = ""

    def name(self) -> str:
        """The name the rules know it by."""
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Run inside its own transaction; the draft remembers that it succeeded."""
        here = work.get()
        async with here.database.transaction() as session:
            turn = Turn(here.draft, session, here.policy, here.reader, tracker, dispatcher)
            # First of all locks, as everywhere: two effects never interleave with a take-over or with each other.
            await get_conversation(session, here.draft.conversation_id, lock=True)
            await self.act(turn)
        here.draft.succeeded.append(self.name())
        return turn.events

    async def act(self, turn: Turn) -> None:
        """Do it."""
        raise NotImplementedError

    def reject(self, turn: Turn) -> None:
        """This message is not for this form: let the rules for digressions have it, then ask the same again."""
        turn.draft.args["digressed"] = True
        raise ActionExecutionRejection(self.name())
