"""What is measured with: our own held-out sentences, and real text in `../shared/eval` when it is there.

Neither is ever trained on. Real text is read where it lies; nothing of it is written into the project.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests" / "quality"
SHARED = ROOT.parent / "shared" / "eval"
SAID_AT = "2023-06-14T10:00:00+08:00"
"""When the messages count as said: most of the real ones are of the years before."""


@dataclass(frozen=True)
class Case:
    """A message with its labels (`gold`: as in shared/eval/README.md) and, once read, what `sanbian read` made of it."""

    id: str
    text: str
    gold: dict[str, Any]
    got: dict[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, str]:
        """As a line for `sanbian read`."""
        return {"id": self.id, "text": self.text, "at": SAID_AT}


def shared_cases(*, traditional: bool = False) -> list[Case]:
    """Real messages; none when the folder is absent. Those that nobody can decide are left out."""
    cases = []
    for name in ("inquiries", "complaints"):
        file = SHARED / f"{name}.jsonl"
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
            gold = json.loads(line)
            if traditional:
                gold.pop("facts", None)  # its spans are written in Simplified only
            if not gold.get("unclear"):
                cases.append(Case(gold["id"], gold["text_hant" if traditional else "text"], gold))
    return cases


def own_intents() -> list[Case]:
    """Sentences of our own, written by somebody who did not write the training sentences."""
    return [
        Case(f"own-intent-{name}-{n}", text, {"intent": name, "accept": [name, *entry.get("accept", [])]})
        for name, entry in _load("intents").items()
        for n, text in enumerate(entry["sentences"])
    ]


def own_moods() -> list[Case]:
    """Sentences labelled with their mood, 0 to 4."""
    return [
        Case(f"own-mood-{level}-{n}", text, {"mood": int(level)})
        for level, texts in _load("mood").items()
        for n, text in enumerate(texts)
    ]


def own_risks() -> list[Case]:
    """Dangers, and idioms and near misses that are none."""
    return [Case(f"own-risk-{n}", entry["text"], {"urgent": entry["risk"]}) for n, entry in enumerate(_load("risk"))]


def _load(name: str) -> Any:
    file = OWN / f"{name}.yml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
