"""An installation that has run for a while: its lists become rows, its people keep their branch, its triggers stand."""

from __future__ import annotations

import json

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from desk.db import Database, migrations

ROWS = [
    'insert into staff (id, work_no, "user", name, role, branch, skills, on_duty, active)'
    " values ('s1', '0101', 'u', '示例', 'agent', '城南支行', '[]', 'on', true)",
    "insert into customers (id, channel, external_id, locale, tier, verified, created_at)"
    " values ('c1', 'web', 'x', 'zh-CN', 'GENERAL', false, '2025-06-11 02:00:00')",
    "insert into conversations (id, customer_id, channel, place, owner, version, priority, created_at, last_at, last_seq,"
    " answered_seq, stage, mood_levels, mood_score, memory)"
    " values ('v1', 'c1', 'web', 'private', 'bot', 1, 'P2', '2025-06-11 02:00:00', '2025-06-11 02:00:00', 0, 0, 'open',"
    " '[]', 0, '{}')",
    "insert into tickets (number, type, state, priority, version, customer_id, conversation_id, effect, owner, received_at,"
    " remedy, exclusions, complexity, flags, chases)"
    " values ('TS1', 'TS', 'registered', 'P2', 1, 'c1', 'v1', 'e', '中心', '2025-06-11 02:00:00', '[]',"
    " '[\"城南支行\", \"0101\", \"老王\"]', 'simple', '{}', 0)",
    "insert into ticket_items (ticket, effect, what, cause_jrt) values ('TS1', '1', '排队', '[]')",
    "insert into changes (conversation_id, ticket, effect, kind, trigger_rows, initiated_by, offered, answer, executed_at, data)"
    " values ('v1', 'TS1', 'p', 'change_place', '[]', 'customer', '[]', 'accepted', '2025-06-11 02:00:00', '{}')",
    "insert into changes (conversation_id, ticket, effect, kind, trigger_rows, initiated_by, offered, answer, data)"
    " values ('v1', 'TS1', 't', 'change_time', '[]', 'customer', '[]', 'pending', '{}')",
]


@pytest.fixture
async def old(tmp_path):
    base = Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    yield base
    await base.close()


async def to(base: Database, revision: str, *, back: bool = False) -> None:
    config = migrations()

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        (command.downgrade if back else command.upgrade)(config, revision)

    async with base.engine.begin() as connection:
        await connection.run_sync(run)


async def test_nothing_is_lost_on_the_way(old):
    before = ScriptDirectory.from_config(migrations()).get_revision("d_people").down_revision
    await to(old, before)
    async with old.engine.begin() as connection:
        for row in ROWS:
            await connection.execute(text(row))
    await to(old, "d_people")
    async with old.engine.begin() as connection:
        rows = await connection.execute(text("select kind, value, resolved from exclusions order by id"))
        assert [tuple(row) for row in rows] == [
            ("branch", "城南支行", 1),
            ("staff", "0101", 1),
            ("staff", "老王", 0),
        ]
        person = await connection.execute(text("select branch, max_chats, languages from staff"))
        assert [tuple(row) for row in person] == [("城南支行", 5, '["zh-Hans"]')]
        consent = await connection.execute(text("select effect, consent_text_version from changes order by id"))
        assert [tuple(row) for row in consent] == [("p", "before versions"), ("t", None)]
    with pytest.raises(IntegrityError, match="excluded_may_not_handle"):
        async with old.engine.begin() as connection:
            await connection.execute(text("update tickets set owner = '0101'"))


async def test_the_whole_way_down_and_up_again_keeps_the_case(old):
    before = ScriptDirectory.from_config(migrations()).get_revision("d_people").down_revision
    await to(old, before)
    async with old.engine.begin() as connection:
        for row in ROWS:
            await connection.execute(text(row))
    await to(old, "head")
    await to(old, before, back=True)
    async with old.engine.begin() as connection:
        kept = await connection.execute(text("select owner, exclusions from tickets"))
        assert [(owner, json.loads(values)) for owner, values in kept] == [("中心", ["城南支行", "0101", "老王"])]
        assert list(await connection.execute(text("select branch from staff"))) == [("城南支行",)]
        await connection.execute(text(CLOSED.replace("closed", "assigned")))
    await to(old, "0001", back=True)
    await to(old, "head")
    await refused(old, EXCLUDED, "excluded_may_not_handle")


CLOSED = "update tickets set state = 'closed'"
EXCLUDED = "update tickets set owner = '0101'"


async def refused(base: Database, statement: str, because: str) -> None:
    with pytest.raises(IntegrityError, match=because):
        async with base.engine.begin() as connection:
            await connection.execute(text(statement))


async def test_recusal_and_the_guard_of_closing_live_together_and_the_way_back_is_open(old):
    before = ScriptDirectory.from_config(migrations()).get_revision("d_people").down_revision
    await to(old, before)
    async with old.engine.begin() as connection:
        for row in ROWS:
            await connection.execute(text(row))
    await to(old, "c_ticket_life")
    await refused(old, EXCLUDED, "excluded_may_not_handle")
    await refused(old, CLOSED, "closed_means_proven")
    async with old.engine.begin() as connection:
        owners = await connection.execute(text("select ticket, owner, until_at from ticket_owners"))
        assert [tuple(row) for row in owners] == [("TS1", "中心", None)]
    await to(old, "d_people", back=True)
    await refused(old, EXCLUDED, "excluded_may_not_handle")
    async with old.engine.begin() as connection:
        items = await connection.execute(text("select ticket, what from ticket_items"))
        assert [tuple(row) for row in items] == [("TS1", "排队")]
        await connection.execute(text(CLOSED))
        await connection.execute(text("update tickets set state = 'registered'"))
    await to(old, "head")
    await refused(old, CLOSED, "closed_means_proven")


PROVEN = [
    'insert into notices (ticket, kind, channel, parts, content_hash, "by", created_at, sent_at, result, attempts)'
    " values ('TS1', 'decision', 'web', '{}', 'x', '0102', '2025-06-12 02:00:00', '2025-06-12 02:00:00', 'sent', 1)",
    'insert into rechecks (ticket, handler, "by", at, result, note)'
    " values ('TS1', '0102', '0213', '2025-06-12 02:00:00', 'passed', 'x')",
    "insert into feedbacks (ticket, none_because, \"by\", at) values ('TS1', 'x', '0213', '2025-06-12 02:00:00')",
    'insert into closings (ticket, owner, notice_id, recheck_id, feedback_id, follow_up, "by", at)'
    " values ('TS1', '0102', 1, 1, 1, 'answered', '0102', '2025-06-12 02:00:00')",
    "update tickets set closing = 'TS1'",
    CLOSED,
]
PROGRESS = PROVEN[0].replace("'decision'", "'progress'")


async def test_updates_get_their_proof_and_what_closings_rest_on_stays(old):
    before = ScriptDirectory.from_config(migrations()).get_revision("d_people").down_revision
    await to(old, before)
    async with old.engine.begin() as connection:
        for row in ROWS:
            await connection.execute(text(row))
    await to(old, "a_work")
    async with old.engine.begin() as connection:
        for row in PROVEN:
            await connection.execute(text(row))
    await refused(old, PROGRESS, "kind_is_known")
    await to(old, "e_updates")
    async with old.engine.begin() as connection:
        await connection.execute(text(PROGRESS))
    await refused(old, PROGRESS.replace("'progress'", "'gossip'"), "kind_is_known")
    await to(old, "a_work", back=True)
    await refused(old, PROGRESS, "kind_is_known")
    async with old.engine.begin() as connection:
        assert (
            await connection.execute(text("select count(*) from closings join notices on notices.id = notice_id"))
        ).scalar() == 1
