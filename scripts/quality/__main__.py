"""`make quality`: read everything once, print one table, write docs/quality.md and var/quality.json."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from api.reading.command import parse_line, read_with_bot
from desk.clock import SystemClock
from scripts.quality import asking, searching, secrets
from scripts.quality.cases import ROOT, SHARED, Case, own_intents, own_moods, own_risks, shared_cases
from scripts.quality.metrics import METRICS, Measured, measure
from scripts.quality.report import as_json, as_page, as_table


async def read(cases: Sequence[Case]) -> list[Case]:
    """The cases with what the live path reads in them."""
    asked = [parse_line(json.dumps(case.asked), case.id) for case in cases]
    return [replace(case, got=got) for case, got in zip(cases, await read_with_bot(asked), strict=True)]


def measured_on(name: str, cases: Sequence[Case]) -> list[Measured]:
    """Every figure that these cases can tell."""
    return [found for metric in METRICS if (found := measure(metric, name, cases)) is not None]


def main() -> int:
    """Measure, print, write. Exit status 0 whatever the figures are: they are for people to judge."""
    own = [*own_intents(), *own_moods(), *own_risks()]
    real, hant = shared_cases(), shared_cases(traditional=True)
    if not real:
        print(f"quality: {SHARED} is not here, so only our own split is measured.", file=sys.stderr)
    read_cases = asyncio.run(read([*own, *real, *hant]))
    mine, rest = read_cases[: len(own)], read_cases[len(own) :]
    results = measured_on("own", mine) + measured_on("real", rest[: len(real)])
    results += measured_on("real, Traditional", rest[len(real) :])
    results += [*secrets.measured(), *searching.measured(), *asking.measured(real)]
    now = SystemClock().now()
    print(as_table(results))
    (ROOT / "docs" / "quality.md").write_text(as_page(results, now.date()), encoding="utf-8")
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / "quality.json").write_text(as_json(results, now), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
