"""The table for the terminal, the page for the documentation, the record for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from scripts.quality.metrics import Measured

WORST = 20


def as_table(results: Sequence[Measured]) -> str:
    """Aligned columns."""
    rows = [_row(result) for result in results]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def as_page(results: Sequence[Measured], today: date) -> str:
    """`docs/quality.md`. Mistakes on real text are named by id only: that text stays where it is."""
    lines = [
        "# Quality of understanding",
        "",
        f"Written by `make quality` on {today.isoformat()}. `real` is text of bank customers in `../shared/eval`, which nothing",
        "was trained on; `own` are held-out sentences in `tests/quality/`, written apart from the training sentences. Intervals",
        "are the middle 95 % of 400 resamplings. A target is *short* when the interval excludes it, *open* when it does not, and",
        "*few* below 30 cases.",
        "",
        "| figure | on | cases | value | 95 % | target | |",
        "|---|---|---:|---:|---|---|---|",
        *("| " + " | ".join(_row(result)) + " |" for result in results),
        "",
        "## The worst of each",
        "",
    ]
    for result in results:
        if result.mistakes:
            shown = [_mistake(case.id, case.text, result.on) for case in result.mistakes[:WORST]]
            lines += [f"**{result.metric.name}, {result.on}** ({len(result.mistakes)}): {'; '.join(shown)}", ""]
    return "\n".join(lines)


def as_json(results: Sequence[Measured], now: datetime) -> str:
    """`var/quality.json`, which is not part of the repository and may hold the texts."""
    return json.dumps(
        {
            "at": now.isoformat(),
            "figures": [
                {
                    "name": result.metric.name,
                    "on": result.on,
                    "cases": result.cases,
                    "value": round(result.value, 4),
                    "interval": [round(result.low, 4), round(result.high, 4)],
                    "target": result.metric.target,
                    "verdict": result.verdict,
                    "mistakes": [
                        {"id": case.id, "text": case.text, "gold": _plain(case.gold), "got": case.got.get("intent")}
                        for case in result.mistakes[:WORST]
                    ],
                }
                for result in results
            ],
        },
        ensure_ascii=False,
        indent=1,
        default=str,
    )


def _row(result: Measured) -> list[str]:
    target = result.metric.target
    sign = "≤" if result.metric.at_most else "≥"
    return [
        result.metric.name,
        result.on,
        str(result.cases),
        f"{result.value:.3f}",
        f"{result.low:.3f}–{result.high:.3f}",
        "" if target is None else f"{sign} {target:g}",
        result.verdict,
    ]


def _mistake(name: str, text: str, on: str) -> str:
    return f"`{name}`" if on != "own" or not text else text


def _plain(gold: dict[str, object]) -> dict[str, object]:
    return {key: gold[key] for key in ("intent", "accept", "mood", "urgent", "remedy", "key") if key in gold}
