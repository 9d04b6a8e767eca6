"""What the Reader reaches on sentences it never learnt from (tests/quality). The floors are what was reached, less .03.

Never choose thresholds by these figures: that is what `scripts.reading` is for.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.clock import SHANGHAI
from desk.reading.schemas import Reading
from desk.reading.service import Reader

QUALITY = Path(__file__).parents[2] / "quality"
NOW = datetime(2025, 6, 11, 10, tzinfo=SHANGHAI)
UPSET = 2
URGENT = ("report_fraud", "report_card_loss", "report_unauthorized_txn", "threaten_violence", "self_harm_risk")


def held_out(name: str) -> Any:
    return yaml.safe_load((QUALITY / f"{name}.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def read(reader: Reader, text: str) -> Reading:
    return reader.read(text, now=NOW)


def test_enough_dangers_and_as_many_near_misses() -> None:
    """Issue 3, point 4."""
    dangers = [one["risk"] is not None for one in held_out("risk")]
    assert len(dangers) >= 300
    assert 2 * sum(dangers) == len(dangers)


def test_danger(reader: Reader) -> None:
    pairs = [(one["risk"], read(reader, one["text"]).risk) for one in held_out("risk")]
    urgent = [found for wanted, found in pairs if wanted]
    fired = [wanted for wanted, found in pairs if found]
    assert sum(map(bool, urgent)) / len(urgent) >= 0.87
    assert sum(map(bool, fired)) / len(fired) >= 0.88
    assert sum(wanted == found for wanted, found in pairs if wanted) / len(urgent) >= 0.82


def test_mood(reader: Reader) -> None:
    pairs = [(int(level), read(reader, text).mood.level) for level, texts in held_out("mood").items() for text in texts]
    upset = sum(wanted >= UPSET for wanted, _ in pairs) + sum(found >= UPSET for _, found in pairs)
    assert sum(abs(wanted - found) for wanted, found in pairs) / len(pairs) <= 0.5
    assert 2 * sum(min(pair) >= UPSET for pair in pairs) / upset >= 0.748


def test_plain_messages(reader: Reader) -> None:
    """Few messages with another intent are taken for danger, and few questions for anger."""
    read_all = [(name, read(reader, text)) for name, one in held_out("intents").items() for text in one["sentences"]]
    others = [reading for name, reading in read_all if name not in URGENT]
    questions = [reading for name, reading in read_all if name.startswith("inquire_")]
    assert sum(reading.risk is not None for reading in others) / len(others) <= 0.05
    assert sum(reading.mood.level >= UPSET for reading in questions) / len(questions) <= 0.07
