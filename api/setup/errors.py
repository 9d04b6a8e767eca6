"""What can go wrong before Sanbian runs.

    SetupError
    └── StepFailed     a program that a step started ended with an error

The message is one sentence for the person at the terminal and says what to do. Nothing else is shown, no traceback.
"""

from __future__ import annotations

from pathlib import Path


class SetupError(Exception):
    """Sanbian cannot start; the message says why and what to do."""


class StepFailed(SetupError):
    """A program started by a step ended with an error; its output is in `log`."""

    def __init__(self, sentence: str, log: Path) -> None:
        super().__init__(f"{sentence} (its output is in {log})")
        self.log = log
