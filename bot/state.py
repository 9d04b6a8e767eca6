"""What a conversation carries from one turn to the next, as small flat JSON.

    {"version": 1,
     "slots": {"stage": "facts", "mood_gate": "calm", "what": "..."},    set slots only
     "loop": {"name": "facts_form", "interrupted": false, "rejected": false} | null,
     "requested_slot": "when" | null,
     "turns": [{"intent": "complain_marketing", "actions": ["action_thank_and_apologise", "facts_form"]}]}

`turns` are the last few user turns, oldest first, without any text. Slots and loop are those of the end, so an older turn is
only roughly what it was: enough for rules, which never look behind the latest message, not for story policies.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    DEFAULT_SLOT_NAMES,
    REQUESTED_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

VERSION = 1

State = dict[str, Any]


class StateError(ValueError):
    """The state is not one that `dump` wrote."""


def seed(
    conversation: str,
    state: State | None,
    domain: Domain,
    *,
    fresh: Mapping[str, Any],
    told: Mapping[str, Any],
    form_stages: Container[str],
) -> DialogueStateTracker:
    """A throw-away tracker that stands where `state` ends, listening.

    `fresh` holds the slots of a conversation that has none yet; `told` is the caller's last word on slots of that name, and a
    `stage` told that is none of `form_stages` closes an open form. What a newer model no longer knows (a slot, a form, an
    action) is left out, so that conversations survive an upgrade. Raises StateError.
    """
    state = {"version": VERSION} if state is None else state
    if state.get("version") != VERSION:
        raise StateError(f"version must be {VERSION}")
    if "stage" in told and told["stage"] not in form_stages:
        state = {**state, "loop": None}
    tracker = DialogueStateTracker(conversation, domain.slots)
    try:
        for event in _events(state, domain, fresh, told):
            tracker.update(event, domain)
    except (AttributeError, KeyError, TypeError) as error:
        raise StateError("slots, loop, requested_slot or turns have another shape") from error
    return tracker


def dump(tracker: DialogueStateTracker, kept_turns: int) -> State:
    """The state `seed` starts from next time."""
    loop = tracker.active_loop
    return {
        "version": VERSION,
        "slots": {
            name: slot.value
            for name, slot in tracker.slots.items()
            if slot.value is not None and name not in DEFAULT_SLOT_NAMES
        },
        "loop": {"name": loop.name, "interrupted": loop.is_interrupted, "rejected": loop.rejected} if loop else None,
        "requested_slot": tracker.get_slot(REQUESTED_SLOT),
        "turns": _turns(tracker)[-kept_turns:] if kept_turns else [],
    }


def _events(state: State, domain: Domain, fresh: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Event]:
    known_actions = set(domain.action_names_or_texts)
    for turn in state.get("turns", []):
        yield ActionExecuted(ACTION_LISTEN_NAME)
        yield UserUttered(intent={"name": turn["intent"], "confidence": 1.0})
        yield from (ActionExecuted(name) for name in turn["actions"] if name in known_actions)
    known_slots = {slot.name for slot in domain.slots} - DEFAULT_SLOT_NAMES
    for name, value in {**fresh, **state.get("slots", {}), **told}.items():
        if name in known_slots:
            yield SlotSet(name, value)
    yield from _loop_events(state, domain)


def _loop_events(state: State, domain: Domain) -> Iterator[Event]:
    loop = state.get("loop")
    if not loop or loop["name"] not in domain.form_names:
        yield ActionExecuted(ACTION_LISTEN_NAME)
        return
    yield ActiveLoop(loop["name"])
    yield SlotSet(REQUESTED_SLOT, state.get("requested_slot"))
    yield ActionExecuted(ACTION_LISTEN_NAME)
    # After the listening: any action that runs resets both marks.
    if loop["interrupted"]:
        yield LoopInterrupted(True)
    if loop["rejected"]:
        yield ActionExecutionRejected(loop["name"])


def _turns(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for event in tracker.events:
        if isinstance(event, UserUttered):
            turns.append({"intent": event.intent_name, "actions": []})
        elif isinstance(event, ActionExecuted) and turns and event.action_name != ACTION_LISTEN_NAME:
            turns[-1]["actions"].append(event.action_name)
    return turns
