"""One turn of a conversation: seeded from its state, run, and forgotten."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.logs import origin
from bot.state import State, dump, seed

logger = logging.getLogger(__name__)

CHANNEL = "turn"
RANKING_LENGTH = 10
ACTION_LIMIT = "action_limit"

Json = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What bot/credentials.yml says about the channel."""

    action_timeout_seconds: float = 10
    kept_turns: int = 2
    fresh_slots: Mapping[str, Any] = field(default_factory=dict)
    form_stages: Sequence[str] = ()


@dataclass(frozen=True)
class Request:
    """A checked request for one turn."""

    text: str
    metadata: Json
    state: State | None
    actions_url: str

    @property
    def conversation(self) -> str:
        """Sender id for Rasa; only a label, nothing is filed under it."""
        return str(self.metadata.get("conversation", "conversation"))


def safe_text(text: str) -> str:
    """`text` without the one thing Rasa takes for an order: a slash in front (`/restart`, `/intent{...}`).

    The slash becomes a full-width one, which Rasa does not know.
    """
    stripped = text.strip()
    return "／" + stripped[1:] if stripped.startswith(INTENT_MESSAGE_PREFIX) else stripped


async def run(processor: MessageProcessor, request: Request, settings: Settings) -> Json:
    """Answer one message. Raises StateError on a state that is not ours.

    A turn in which a custom action failed says nothing and leaves the state as it came: `failed` names the actions.
    """
    told = request.metadata.get("entities") or {}
    tracker = seed(
        request.conversation,
        request.state,
        processor.domain,
        fresh=settings.fresh_slots,
        told=told,
        form_stages=settings.form_stages,
    )
    calls = ActionCalls(request.actions_url, settings.action_timeout_seconds)
    replies = Replies()
    turn = TurnProcessor.borrow(processor, tracker, calls)
    parsed = await parse(turn, request.text, request.metadata)
    await turn.handle_message(
        UserMessage(
            safe_text(request.text),
            replies,
            request.conversation,
            parse_data=parsed,
            input_channel=CHANNEL,
            metadata=request.metadata,
        )
    )
    return {
        "messages": [] if turn.failed else replies.messages,
        "state": request.state if turn.failed else dump(tracker, settings.kept_turns),
        **understood(parsed),
        "actions": calls.names,
        "failed": turn.failed,
    }


async def parse(processor: MessageProcessor, text: str, metadata: Json) -> Json:
    """Rasa's parse data of the text, metadata applied."""
    parsed: Json = await processor.parse_message(UserMessage(safe_text(text), metadata=metadata))
    return parsed


def understood(parsed: Json) -> Json:
    """Intent and the head of the ranking, in plain numbers."""
    ranking = parsed.get("intent_ranking") or []
    return {"intent": _guess(parsed["intent"]), "ranking": [_guess(guess) for guess in ranking[:RANKING_LENGTH]]}


def _guess(guess: Json) -> Json:
    return {"name": guess["name"], "confidence": round(float(guess["confidence"]), 4)}


class Replies(OutputChannel):
    """Collects whole messages: text, buttons and custom part of one utterance stay together."""

    def __init__(self) -> None:
        self.messages: list[Json] = []

    @classmethod
    def name(cls) -> str:
        """Name that `channel:` of a response may refer to."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: Json) -> None:
        """Keep the message; an utterance with nothing in it is dropped."""
        text, custom = message.get("text") or "", message.get("custom") or {}
        buttons = [{"title": b["title"], "payload": b.get("payload", b["title"])} for b in message.get("buttons") or []]
        if text or buttons or custom:
            self.messages.append({"text": text, "buttons": buttons, "custom": custom})


class ActionCalls(EndpointConfig):
    """The action server of this turn; remembers which custom actions were called, in order."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        super().__init__(url)
        self.names: list[str] = []
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call one action. Anything but 200 is an error, also a redirect: only this address was checked."""
        call = kwargs["json"]
        self.names.append(call["next_action"])
        # Of the domain an action server needs its forms and slots; all of it would be most of every call.
        call["domain"] = {key: call.get("domain", {}).get(key, {}) for key in ("forms", "slots")}
        async with (
            aiohttp.ClientSession(timeout=self._timeout) as session,
            session.post(self.url, json=call, allow_redirects=False) as response,
        ):
            if response.status != HTTPStatus.OK:
                raise ClientResponseError(response.status, response.reason, await response.text())
            return await response.json()


class TurnProcessor(MessageProcessor):
    """The agent's processor for one turn: model and domain are shared, everything that could be kept is its own."""

    tracker: DialogueStateTracker
    calls: ActionCalls
    failed: list[str]

    @classmethod
    def borrow(cls, processor: MessageProcessor, tracker: DialogueStateTracker, calls: ActionCalls) -> TurnProcessor:
        """A shallow copy, so that the model is loaded once and no turn sees another."""
        turn = cls.__new__(cls)
        turn.__dict__.update(processor.__dict__)
        turn.tracker_store = InMemoryTrackerStore(processor.domain)
        turn.lock_store = InMemoryLockStore()
        turn.action_endpoint = turn.calls = calls
        turn.tracker = tracker
        turn.failed = []
        turn.on_circuit_break = lambda *_: turn.failed.append(ACTION_LIMIT)
        return turn

    async def get_tracker(self, conversation_id: str) -> DialogueStateTracker:
        """The seeded one, whatever it is called."""
        return self.tracker

    async def save_tracker(self, tracker: DialogueStateTracker) -> None:
        """Nothing is saved: the caller keeps the state."""

    async def execute_side_effects(
        self, events: list[Event], tracker: DialogueStateTracker, output_channel: OutputChannel
    ) -> None:
        """Send the messages. Reminders are not scheduled: they would outlive the turn."""
        await self._send_bot_messages(events, tracker, output_channel)

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        # Rasa swallows what an action raises and carries on, and would then say what never happened.
        run_action = action.run

        async def watched(*args: Any, **kwargs: Any) -> list[Event]:
            try:
                events: list[Event] = await run_action(*args, **kwargs)
            except ActionExecutionRejection:
                raise
            except Exception as error:
                self._note_failure(action.name(), error)
                raise
            return events

        action.run = watched
        goes_on: bool = await super()._run_action(action, tracker, output_channel, nlg, prediction)
        return goes_on and not self.failed

    def _note_failure(self, running: str, error: Exception) -> None:
        # A form runs, but what failed is the custom action it called last.
        name = self.calls.names[-1] if running in self.domain.form_names and self.calls.names else running
        self.failed.append(name)
        logger.error("Action %s failed: %s", name, origin(error))
