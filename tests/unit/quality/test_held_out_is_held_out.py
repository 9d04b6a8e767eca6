"""What understanding is measured with must not be learnt: no held-out sentence is a training sentence as the model sees both."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from desk.reading.model_text import model_text
from desk.reading.trained.examples import SUBJECTS, labelled

ROOT = Path(__file__).parents[3]
HELD_OUT = ROOT / "tests" / "quality"


def seen(text: str) -> str:
    """What is left when marks, spaces and case do not count; of a message of marks alone, all."""
    plain = model_text(text).lower()
    return "".join(char for char in plain if char.isalnum()) or plain


def held_out(name: str) -> set[str]:
    content = yaml.safe_load((HELD_OUT / f"{name}.yml").read_text(encoding="utf-8"))
    if name == "risk":
        return {entry["text"] for entry in content}
    if name == "mood":
        return {text for texts in content.values() for text in texts}
    return {text for entry in content.values() for text in entry["sentences"]}


@pytest.fixture(scope="module")
def learnt() -> set[str]:
    own = {seen(example.text) for subject in SUBJECTS for example in labelled(ROOT / "data", subject) if example.own}
    lines = (line for file in (ROOT / "data" / "nlu").glob("*.yml") for line in file.read_text("utf-8").splitlines())
    return own | {seen(line.strip()[2:]) for line in lines if line.startswith("    - ")}


@pytest.mark.parametrize("name", ["intents", "mood", "risk"])
def test_no_held_out_sentence_was_learnt(learnt: set[str], name: str) -> None:
    assert not sorted(text for text in held_out(name) if seen(text) in learnt)
