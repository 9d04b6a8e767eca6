"""The 13 reference conversations and their variants, looked at as a customer, an agent and an auditor would.

Run one with `pytest tests/dialogue -k "D02-v3"`; only what is selected is played.
"""

from __future__ import annotations

import pytest
from other_checks import problems_of
from played import Played
from variants import scripts

LEAST_VARIANTS = 5


@pytest.mark.parametrize("name", [script.id for script in scripts()])
def test_conversation(conversations: dict[str, Played], name: str) -> None:
    played = conversations[name]
    problems = problems_of(played)
    assert not problems, "\n".join(["", *problems, "", played.script.about, played.transcript()])


def test_all_thirteen_are_there_with_five_variants_each() -> None:
    bases = [script.id for script in scripts() if script.id == script.base and script.id.startswith("D")]
    assert bases == [f"D{n:02}" for n in range(1, 14)]
    for base in bases:
        assert sum(script.base == base and script.id != base for script in scripts()) >= LEAST_VARIANTS


def test_variants_are_other_conversations() -> None:
    """No variant says what the conversation or another variant says; numbers and names alone make no variant."""
    words: dict[str, str] = {}
    for script in scripts():
        said = "|".join(
            str(turn.get("text") or turn.get("say") or "") if isinstance(turn, dict) else turn
            for turn in script.case["turns"]
            if not (isinstance(turn, dict) and turn.get("as") == "agent")
        )
        words[script.id] = "".join(char for char in said if not char.isascii())
    for script in scripts():
        for other in scripts():
            if script.base == other.base and script.id < other.id:
                assert overlap(words[script.id], words[other.id]) < 0.75, (script.id, other.id)


def overlap(one: str, other: str) -> float:
    """The share of character pairs that two texts have in common."""
    pairs = [{text[n : n + 2] for n in range(len(text) - 1)} for text in (one, other)]
    return len(pairs[0] & pairs[1]) / max(1, min(map(len, pairs)))
