"""What the migrations make is what the models say, on both databases."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import desk.models  # noqa: F401
from desk.db import Base, Database, migrations
from desk.knowledge.index import is_index_table


def differences(connection: Connection) -> list[object]:
    def include(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and name is not None and is_index_table(name))

    context = MigrationContext.configure(connection, opts={"include_object": include})
    return list(compare_metadata(context, Base.metadata))


def through(revision: str, *, back: bool = False) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        config = migrations()
        config.attributes["connection"] = connection
        (command.downgrade if back else command.upgrade)(config, revision)

    return run


async def test_the_way_back_and_forth_again_is_open(database: Database) -> None:
    for step in (through("0001", back=True), through("head")):
        async with database.engine.begin() as connection:
            await connection.run_sync(step)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_models_and_migrations_agree(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
