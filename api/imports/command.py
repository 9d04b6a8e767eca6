"""`sanbian import branches|staff|customers FILE.csv`: the organisation and customers' tiers from the bank's own lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from desk.branches.importing import import_branches, import_staff
from desk.clock import SystemClock
from desk.csv_lines import FaultyLines, Imported
from desk.customers.importing import import_customers
from desk.db import Database, upgrade_schema
from desk.settings import settings

EXIT_FAULTY = 2


class What(StrEnum):
    """What a file holds."""

    branches = "branches"
    staff = "staff"
    customers = "customers"


READERS: dict[What, Callable[[AsyncSession, bytes], Awaitable[Imported]]] = {
    What.branches: import_branches,
    What.staff: import_staff,
    What.customers: lambda session, raw: import_customers(session, raw, now=SystemClock().now()),
}


def bring_in(
    what: Annotated[What, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(help="A CSV file with a heading, UTF-8 or GB18030.")],
) -> None:
    """Add and update branches, colleagues or customers from a CSV file: all of it or, with a faulty line, nothing."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    try:
        done = asyncio.run(_bring_in(what, raw))
    except FaultyLines as faulty:
        for number, fault in faulty.lines:
            typer.echo(f"{file}:{number}: {fault}", err=True)
        typer.echo(faulty.detail, err=True)
        raise typer.Exit(EXIT_FAULTY) from None
    typer.echo(f"{what.value}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged")


async def _bring_in(what: What, raw: bytes) -> Imported:
    database = Database(settings().database)
    try:
        await upgrade_schema(database)
        async with database.transaction() as session:
            return await READERS[what](session, raw)
    finally:
        await database.close()
