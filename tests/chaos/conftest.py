from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos_house import House

from api.setup.training import ensure_model
from desk.db import Database, upgrade
from desk.settings import ROOT
from desk.staff.demo import ensure_demo_staff


@pytest.fixture(scope="session")
def model() -> Path:
    """The model of the present sources, trained when it is not there; SANBIAN_TEST_MODEL names another one."""
    given = os.environ.get("SANBIAN_TEST_MODEL")
    return Path(given) if given else ensure_model(ROOT)


@pytest.fixture(scope="session")
def house(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Api and bot, up and running. Tests leave both so; they run one after the other in the order of the files."""
    var = tmp_path_factory.mktemp("chaos")
    built = House(var, model)
    address = f"sqlite+aiosqlite:///{built.database}"
    upgrade(address)

    async def hire() -> None:
        database = Database(address)
        await ensure_demo_staff(database, var / "demo.json", built.url)
        await database.close()

    asyncio.run(hire())
    try:
        built.start_bot()
        built.start_api()
        yield built
    finally:
        built.stop()
