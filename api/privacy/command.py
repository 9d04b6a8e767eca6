"""`sanbian rotate-keys`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from api.setup.progress import say


def rotate_keys(
    *,
    only_reseal: Annotated[
        bool, typer.Option("--only-reseal", help="No new key: finish what an earlier call left.")
    ] = False,
) -> None:
    """Make a new field-encryption key and seal everything afresh under it, while the service runs."""
    from desk.db import Database
    from desk.privacy.keyring import keyring
    from desk.privacy.rotation import new_key, reseal
    from desk.settings import settings

    if not only_reseal:
        new_key()

    async def run() -> int:
        database = Database(settings().database)
        try:
            return await reseal(database)
        finally:
            await database.close()

    count = asyncio.run(run())
    say(f"{count} values sealed under key {keyring().active}; older keys stay in {settings().keys.name} for backups.")
