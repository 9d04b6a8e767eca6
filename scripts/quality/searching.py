"""Finding the entry that answers a question, on paraphrases that nobody built the table with."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import yaml

from desk.clock import SystemClock
from desk.db import Database, upgrade_schema
from desk.knowledge.service import get, load_folder, search
from scripts.quality.cases import ROOT, Case
from scripts.quality.metrics import Measured, Metric, measure, share

PARAPHRASES = ROOT / "tests" / "unit" / "knowledge" / "paraphrases.yml"
FIRST = Metric(
    "knowledge: hit@1",
    share(lambda case: case.got["found"][:1] == [case.gold["key"]]),
    lambda case: case.got["found"][:1] != [case.gold["key"]],
    0.80,
)
THIRD = Metric(
    "knowledge: hit@3",
    share(lambda case: case.gold["key"] in case.got["found"]),
    lambda case: case.gold["key"] not in case.got["found"],
    0.93,
)


def measured() -> list[Measured]:
    """Both figures, with the intent known as in the live path."""
    cases = asyncio.run(_asked())
    return [found for metric in (FIRST, THIRD) if (found := measure(metric, "own", cases))]


async def _asked() -> list[Case]:
    paraphrases = yaml.safe_load(PARAPHRASES.read_text(encoding="utf-8"))
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'knowledge.db'}")
        await upgrade_schema(database)
        async with database.transaction() as session:
            await load_folder(session, ROOT / "data" / "knowledge", clock=SystemClock())
        async with database.snapshot() as session:
            for n, (question, key) in enumerate(paraphrases):
                meant = await get(session, key)
                hits = await search(session, question, intent=meant.intent if meant else None)
                found = [hit.entry.key for hit in hits]
                cases.append(Case(f"paraphrase-{n}", question, {"key": key}, {"found": found}))
        await database.close()
    return cases
