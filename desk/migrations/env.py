"""Alembic's way in; called by `desk.db.upgrade` and the alembic command."""

from alembic import context
from sqlalchemy import Connection

import desk.models  # noqa: F401
from desk.db import Base, make_engine
from desk.knowledge.index import is_index_table
from desk.recusal import triggers
from desk.settings import settings


def include(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave the search index alone: it is derived and rebuilt."""
    return not (kind == "table" and name is not None and is_index_table(name))


def migrate(connection: Connection) -> None:
    """Run the revisions on an open connection."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, include_object=include, render_as_batch=True
    )
    with context.begin_transaction():
        # Rebuilding a table on SQLite loses its triggers, and fails where another table's trigger reads it.
        triggers.drop(connection)
        context.run_migrations()
        triggers.install(connection)


async def main() -> None:
    """For the alembic command."""
    engine = make_engine(context.config.get_main_option("sqlalchemy.url") or settings().database)
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    import asyncio

    asyncio.run(main())
