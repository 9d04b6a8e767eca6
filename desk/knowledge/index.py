"""The full-text index: FTS5 on SQLite, tsvector on PostgreSQL, both fed with the tokens of `tokens.py`.

Neither database can break Chinese into words, and trigram indexes miss words of two characters. So the text goes in as
tokens joined by blanks, and each database only counts and ranks them. An entry is indexed in the transaction that writes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class Engine:
    """What one database says for the same five things."""

    create: tuple[str, ...]
    drop: tuple[str, ...]
    put: str
    find: str
    frequencies: str
    any_of: Callable[[Sequence[str]], str]
    """The query for entries with at least one of the tokens."""


_FTS5 = Engine(
    create=(
        # `ascii` takes every character beyond ASCII for a letter: our tokens stay whole.
        "create virtual table if not exists knowledge_index using fts5(key unindexed, tokens, tokenize='ascii')",
        "create virtual table if not exists knowledge_vocabulary using fts5vocab(knowledge_index, 'row')",
    ),
    drop=("drop table if exists knowledge_vocabulary", "drop table if exists knowledge_index"),
    put="insert into knowledge_index (key, tokens) values (:key, :tokens)",
    find=(
        "select key from knowledge_index where knowledge_index match :query"
        " order by bm25(knowledge_index), key limit :limit"
    ),
    frequencies="select term, doc from knowledge_vocabulary where term in (select value from json_each(:tokens))",
    any_of=lambda tokens: " OR ".join(f'"{token}"' for token in tokens),
)

_TSVECTOR = Engine(
    create=(
        "create table if not exists knowledge_index (key text primary key, tokens tsvector not null)",
        "create index if not exists ix_knowledge_index_tokens on knowledge_index using gin (tokens)",
    ),
    drop=("drop table if exists knowledge_index",),
    put="insert into knowledge_index (key, tokens) values (:key, to_tsvector('simple', :tokens))",
    find=(
        "select key from knowledge_index, to_tsquery('simple', :query) as query where tokens @@ query"
        " order by ts_rank(tokens, query, 1) desc, key limit :limit"
    ),
    frequencies=(
        "select asked.token, count(*) from json_array_elements_text(cast(:tokens as json)) as asked(token)"
        " join knowledge_index on tokens @@ to_tsquery('simple', asked.token) group by asked.token"
    ),
    any_of=" | ".join,
)

_ENGINES = {"sqlite": _FTS5, "postgresql": _TSVECTOR}


def create_index(connection: Connection) -> None:
    """Make the index (empty) unless it is there; for migrations and tests."""
    _run(connection, _ENGINES[connection.dialect.name].create)


def drop_index(connection: Connection) -> None:
    """Remove the index."""
    _run(connection, _ENGINES[connection.dialect.name].drop)


def is_index_table(name: str) -> bool:
    """Whether a table of the database belongs to the index and not to the mapped tables (for Alembic's include_name)."""
    return name.startswith(("knowledge_index", "knowledge_vocabulary"))


async def put(session: AsyncSession, documents: Mapping[str, Iterable[str]]) -> None:
    """Index the tokens of each key, in place of what was there."""
    await remove(session, documents)
    await _insert(session, documents)


async def rebuild(session: AsyncSession, documents: Mapping[str, Iterable[str]]) -> None:
    """Index these and nothing else."""
    await session.execute(text("delete from knowledge_index"))
    await _insert(session, documents)


async def remove(session: AsyncSession, keys: Iterable[str]) -> None:
    """Forget these keys."""
    rows = [{"key": key} for key in keys]
    if rows:
        await session.execute(text("delete from knowledge_index where key = :key"), rows)


async def find(session: AsyncSession, tokens: Sequence[str], limit: int) -> list[str]:
    """Keys of the entries that share tokens, best first by BM25 or ts_rank."""
    if not tokens:
        return []
    engine = _engine(session)
    found = await session.execute(text(engine.find), {"query": engine.any_of(tokens), "limit": limit})
    return list(found.scalars())


async def frequencies(session: AsyncSession, tokens: Sequence[str]) -> dict[str, int]:
    """In how many entries each token stands; tokens that stand nowhere are left out."""
    found = await session.execute(text(_engine(session).frequencies), {"tokens": json.dumps(tokens)})
    return {str(token): int(count) for token, count in found}


async def size(session: AsyncSession) -> int:
    """How many entries are indexed."""
    return int(await session.scalar(text("select count(*) from knowledge_index")) or 0)


async def _insert(session: AsyncSession, documents: Mapping[str, Iterable[str]]) -> None:
    rows = [{"key": key, "tokens": " ".join(tokens)} for key, tokens in documents.items()]
    if rows:
        await session.execute(text(_engine(session).put), rows)


def _engine(session: AsyncSession) -> Engine:
    return _ENGINES[session.get_bind().dialect.name]


def _run(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))
