"""Runs in bot/.venv: trains the models of a job that are missing and asks each the same probes, through bot/turn.py."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from rasa.utils.log_utils import configure_structlog

configure_structlog(logging.CRITICAL)
sys.path.insert(0, str(Path.cwd()))

import rasa.api  # noqa: E402
from rasa.core.agent import Agent  # noqa: E402

from bot import turn  # noqa: E402

NLU = Path(__file__).with_name("nlu.yml")


def train(model: Path, rules: list[str]) -> None:
    with tempfile.TemporaryDirectory(dir=model.parent) as folder:
        result = rasa.api.train("bot/domain", "config.yml", [str(NLU), *rules], output=folder, fixed_model_name="model")
        shutil.move(str(result.model), model)


async def ask(model: Path, probes: dict[str, Any], actions_url: str) -> dict[str, list[str]]:
    processor = Agent.load(str(model)).processor
    assert processor is not None
    actions = {}
    for name, (state, intent, mood) in probes.items():
        metadata = {"intent": {"name": intent}, "entities": {"mood_gate": mood}}
        request = turn.Request("测试", metadata, state, actions_url)
        actions[name] = (await turn.run(processor, request, turn.Settings(form_stages=("facts", "confirm"))))["actions"]
    return actions


def main() -> None:
    job = json.load(sys.stdin)
    results = []
    for model, rules in job["models"]:
        path = Path(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            train(path, rules)
        results.append(asyncio.run(ask(path, job["probes"], job["actions_url"])))
    Path(job["out"]).write_text(json.dumps(results))


if __name__ == "__main__":
    main()
