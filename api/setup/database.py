"""The tables and the demo colleagues."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from api.setup.errors import SetupError
from api.setup.progress import say
from desk.settings import Settings


def migrate(settings: Settings) -> None:
    """Bring the tables up to date. Raises SetupError when the database cannot be reached or does not let us."""
    from desk import db  # here, so that the rest of the command line works without a database driver

    settings.var_dir.mkdir(parents=True, exist_ok=True)
    upgrade = getattr(db, "upgrade", None)
    if upgrade is None:
        say("database: desk.db.upgrade() is not there yet")
        return
    try:
        upgrade(settings.database)
    except (SQLAlchemyError, OSError) as error:
        raise SetupError(_unreachable(settings, error)) from error


def demo_staff(settings: Settings, url: str) -> list[dict[str, str]]:
    """The demo sign-ins, made at the first start (desk.staff.demo); empty when the desk has real colleagues."""
    from desk.db import Database
    from desk.staff.demo import ensure_demo_staff

    async def ensure() -> list[dict[str, str]]:
        database = Database(settings.database)
        try:
            return await ensure_demo_staff(database, demo_file(settings), url)
        finally:
            await database.close()

    try:
        return asyncio.run(ensure())
    except (SQLAlchemyError, OSError) as error:
        raise SetupError(_unreachable(settings, error)) from error


def demo_file(settings: Settings) -> Path:
    """Where the demo sign-ins are written (mode 600)."""
    return settings.var_dir / "demo.json"


def _unreachable(settings: Settings, error: Exception) -> str:
    address = make_url(settings.database).render_as_string(hide_password=True)
    reason = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
    return f"The database {address} cannot be used: {reason}"
