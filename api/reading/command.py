"""`sanbian read IN.jsonl --out OUT.jsonl`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from api.reading.service import Asked, Batch, read_all
from desk.clock import SystemClock


class MalformedLines(Exception):
    """The file is not what `read` takes; the message names the line."""


def read(
    messages: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "text", "at"}.')],
    out: Annotated[Path, typer.Option(metavar="OUT.jsonl", help="Where the readings go, a line each.")],
) -> None:
    """Read messages in a batch as the live path would read each as the first of a conversation."""
    from api.cli import one_sentence

    try:
        wanted = list(parse_lines(messages))
    except (MalformedLines, OSError) as problem:
        print(f"sanbian: {problem}.", file=sys.stderr)
        raise typer.Exit(2) from None
    with one_sentence():
        write(out, asyncio.run(read_with_bot(wanted)) if wanted else [])


def parse_lines(file: Path) -> Iterator[Asked]:
    """The messages of a file. Raises MalformedLines; a line without `at` is read as said now."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield parse_line(line, f"{file.name}, line {number}")


def parse_line(line: str, place: str) -> Asked:
    """One message. Raises MalformedLines, which says where and what."""
    try:
        entry = json.loads(line)
        at = datetime.fromisoformat(entry["at"]) if entry.get("at") else SystemClock().now()
        asked = Asked(str(entry["id"]), str(entry["text"]), at)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MalformedLines(f'{place} is not {{"id", "text", "at"}} with an ISO time') from None
    if asked.at.tzinfo is None:
        raise MalformedLines(f"{place} has a time without a zone (write 2025-06-11T10:00:00+08:00)")
    return asked


async def read_with_bot(wanted: list[Asked]) -> list[dict[str, Any]]:
    """Read all with the running bot when it has the model of the present sources, else with an own one."""
    from api.core import all_intents
    from api.replay.bots import bot_for
    from desk.policy.schemas import policy
    from desk.reading.service import Reader
    from desk.settings import settings

    # Training tells about itself on stdout; here that belongs with the rest of the progress.
    with redirect_stdout(sys.stderr), bot_for(settings()) as bot:
        async with httpx.AsyncClient(base_url=bot.url, trust_env=False, timeout=30) as client:
            batch = Batch(Reader(), policy(), all_intents(), client)
            return [line async for line in read_all(batch, wanted)]


def write(out: Path, lines: list[dict[str, Any]]) -> None:
    """All lines at once, so that a file is never half written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    unfinished.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    unfinished.replace(out)
