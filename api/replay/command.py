"""`sanbian replay CASES.json --out RESULTS.json`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from api.replay.cases.case import Case
from api.replay.cases.parse import MalformedCases, load_cases


def replay(
    cases: Annotated[Path, typer.Argument(metavar="CASES.json", help="The cases to play.")],
    out: Annotated[Path, typer.Option(metavar="RESULTS.json", help="Where the results go.")],
    only: Annotated[list[str] | None, typer.Option(metavar="ID", help="Play this case alone; may be repeated.")] = None,
) -> None:
    """Play scripted conversations through the real thing and write down what everybody would have seen."""
    from api.cli import one_sentence

    try:
        wanted = choose(load_cases(cases), only or [])
    except MalformedCases as problem:
        print(f"sanbian: {problem}.", file=sys.stderr)
        raise typer.Exit(2) from None
    with one_sentence():
        write(out, play_loudly(wanted))


def choose(cases: list[Case], only: list[str]) -> list[Case]:
    """The cases with these ids, or all. Raises MalformedCases for an id that is not there."""
    missing = set(only) - {case.id for case in cases}
    if missing:
        raise MalformedCases(f"there is no case {', '.join(sorted(missing))}")
    return [case for case in cases if not only or case.id in only]


def play_loudly(cases: list[Case]) -> list[dict[str, Any]]:
    """Play, with a line for each case on stderr."""
    from api.replay.bots import bot_for
    from api.replay.service import play_all
    from desk.settings import settings

    # Building and training tell about themselves on stdout; here that belongs with the rest of the progress.
    with redirect_stdout(sys.stderr), bot_for(settings()) as bot:
        return asyncio.run(play_all(cases, bot, Progress(len(cases)).told))


def write(out: Path, results: list[dict[str, Any]]) -> None:
    """All results at once, so that a file is never half written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(out)


class Progress:
    """Counts cases and seconds."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._last = total, 0, time.monotonic()

    def told(self, case: Case, result: dict[str, Any]) -> None:
        """One more case is done."""
        now = time.monotonic()
        self._done += 1
        how = f"error: {result['error']}" if result["error"] else "played"
        print(f"[{self._done}/{self._total}] {case.id} {how} ({now - self._last:.1f} s)", file=sys.stderr, flush=True)
        self._last = now
