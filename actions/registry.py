"""All actions, registered explicitly: nothing runs because it happened to be importable."""

from __future__ import annotations

from rasa_sdk.executor import ActionExecutor

from actions import changes, enquiries, facts, follow_up, ideas, procedure, status, urgent
from actions.gratitude import Hear, ThankAndApologise


def make_executor() -> ActionExecutor:
    """An executor that knows our actions and no others."""
    executor = ActionExecutor()
    for action in (
        ThankAndApologise(),
        Hear(),
        *facts.ACTIONS,
        *procedure.ACTIONS,
        *status.ACTIONS,
        *ideas.ACTIONS,
        *changes.ACTIONS,
        *follow_up.ACTIONS,
        *enquiries.ACTIONS,
        *urgent.ACTIONS,
    ):
        executor.register_action(action)
    return executor
