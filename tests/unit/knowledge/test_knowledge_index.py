"""The index as a thing of the database."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.ext.asyncio import AsyncSession

from desk.db import Base
from desk.knowledge import index
from desk.knowledge.models import KnowledgeEntry


def test_made_twice_and_dropped_twice_like_a_migration_tried_again() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        for step in (index.create_index, index.create_index, index.drop_index, index.drop_index, index.create_index):
            step(connection)
        assert connection.execute(text("select count(*) from knowledge_index")).scalar_one() == 0
    engine.dispose()


def test_comes_and_goes_with_the_table_and_is_known_by_name() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine, tables=[KnowledgeEntry.__table__])
    beside = set(inspect(engine).get_table_names()) - {"knowledge_entries"}
    assert {"knowledge_index", "knowledge_vocabulary"} <= beside
    assert all(index.is_index_table(name) for name in beside)
    assert not index.is_index_table("knowledge_entries")
    Base.metadata.drop_all(engine, tables=[KnowledgeEntry.__table__])
    assert inspect(engine).get_table_names() == []
    engine.dispose()


async def test_finds_ranks_counts_and_forgets(empty: AsyncSession) -> None:
    await index.put(empty, {"much": ["转账", "转账", "费"], "little": ["转账", *["存", "单"] * 20], "none": ["卡"]})
    assert await index.find(empty, ["转账", "费"], 5) == ["much", "little"]
    assert await index.find(empty, ["转账"], 1) == ["much"]
    assert await index.find(empty, [], 5) == []
    assert await index.frequencies(empty, ["转账", "费", "无"]) == {"转账": 2, "费": 1}
    await index.put(empty, {"much": ["卡"]})
    assert await index.find(empty, ["转账"], 5) == ["little"]
    await index.remove(empty, ["little", "unknown"])
    assert await index.size(empty) == 2


@pytest.mark.parametrize("token", ["费", "转账", "xtransfer", "app", "95516", "1e5", "2fa"])
async def test_every_kind_of_token_stays_whole(empty: AsyncSession, token: str) -> None:
    await index.put(empty, {"it": [token, "其他"]})
    assert await index.find(empty, [token], 5) == ["it"]
    assert await index.frequencies(empty, [token]) == {token: 1}
