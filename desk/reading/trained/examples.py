"""What the trained readers learn from: the labelled sentences of `data/reading`, and the bot's examples where they tell more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from desk.reading.model_text import model_text
from desk.reading.normalise import normalise
from desk.reading.risk import find_risk

Subject = Literal["risk", "mood", "cause"]
SUBJECTS: tuple[Subject, ...] = ("risk", "mood", "cause")
NO_RISK = "none"

_RISK_OF = {
    "report_fraud": "fraud",
    "report_unauthorized_txn": "unauthorized_txn",
    "report_card_loss": "card_loss",
    "threaten_violence": "violence",
    "self_harm_risk": "self_harm",
}
_OWN_WEIGHT = 3.0
"""A sentence labelled for the purpose counts as much as three that were labelled for another one."""
_CALM = re.compile(r"inquire_|inform$|affirm$|deny$|greet$|thank$|goodbye$|query_|skip_|set_|ask_|correct_")
_CALM_SHARE = 8
_CALM_WEIGHT = 0.3
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MARKED = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Labelled(NamedTuple):
    """A text as the readers see it, what it is, how much it counts, and whether it was labelled for this subject."""

    text: str
    label: str
    weight: float
    own: bool


def seen_text(text: str) -> str:
    """`text` as the trained readers see it: as the bot's model does, in lower case, every number the same."""
    return _NUMBER.sub("0", model_text(text).lower())


def labelled(data: Path, subject: Subject) -> list[Labelled]:
    """The examples for one reader. `data` is the data folder; a sentence is taken once, where it stands first."""
    others = {"risk": _risks, "mood": _calm}.get(subject, _none)(data)
    own = [Labelled(text, label, _OWN_WEIGHT, True) for text, label in _own(data, subject)]
    made = [*own, *(Labelled(text, label, weight, False) for text, label, weight in others)]
    return list({example.text: example for example in reversed(made)}.values())[::-1]


def _own(data: Path, name: str) -> Iterator[tuple[str, str]]:
    for label, texts in _yaml(data / "reading" / f"{name}.yml").items():
        for text in texts:
            yield seen_text(text), str(label)


def _risks(data: Path) -> Iterator[tuple[str, str, float]]:
    """The bot has no intent for misused papers, and complaints tell of dangers by the way: there the words know better."""
    for intent, text in _bot_examples(data):
        label, found = _RISK_OF.get(intent, NO_RISK), find_risk(normalise(text))
        if label == NO_RISK and found:
            continue
        if label == "unauthorized_txn" and found and found.risk == "identity_misuse":
            label = found.risk
        yield seen_text(text), label, 1.0


def _none(data: Path) -> Iterator[tuple[str, str, float]]:
    """The bot's kinds of complaints have a usual cause; learning from that made the readers worse (decision 0008)."""
    return iter(())


def _calm(data: Path) -> Iterator[tuple[str, str, float]]:
    """Plain questions and answers, so that their subjects and their shortness are no mood."""
    calm = [text for intent, text in _bot_examples(data) if _CALM.match(intent)]
    for text in calm[::_CALM_SHARE]:
        yield seen_text(text), "0", _CALM_WEIGHT


@lru_cache
def _bot_examples(data: Path) -> tuple[tuple[str, str], ...]:
    """Intent and text of every example in data/nlu, without its marks."""
    return tuple(
        (item["intent"], _MARKED.sub(r"\1", line.strip()[2:]))
        for file in sorted((data / "nlu").glob("*.yml"))
        for item in _yaml(file)["nlu"]
        if "intent" in item
        for line in item["examples"].splitlines()
        if line.strip().startswith("- ")
    )


def _yaml(file: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506
    return content
