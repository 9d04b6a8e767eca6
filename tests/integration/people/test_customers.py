"""Customers' tiers come from the bank's list and reach every channel identity; no tier moves a date of anybody's case."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from desk.clocks.deeds import extend
from desk.conversations.service import customer_for, start_conversation
from desk.csv_lines import FaultyLines, Imported
from desk.customers.importing import import_customers
from desk.customers.models import TIERS, BankCustomer, Customer, index_of
from desk.customers.service import are_one_person, part, same_person
from desk.privacy.keyring import keyring
from desk.privacy.rotation import new_key, reseal
from desk.staff.service import by_work_no
from desk.tickets.service import open_draft, register

LIST = """客户号,客户等级,姓名,客户经理
C-000001,总行重点,示例甲,0700
C-000002,BRANCH_KEY,,
C-000003,普通,,
"""


async def bring(bank, told: str, encoding: str = "utf-8") -> Imported:
    async with bank.database.transaction() as session:
        return await import_customers(session, told.encode(encoding), now=bank.clock.now())


async def person(session, ref: str) -> BankCustomer:
    return (await session.scalars(select(BankCustomer).where(BankCustomer.ref_index == index_of(ref)))).one()


async def identity(bank, channel: str, ref: str | None = None) -> str:
    """A channel identity, of the person with that number when given."""
    async with bank.database.transaction() as session:
        row = await customer_for(session, channel=channel, external_id=f"{channel}-{ref}", now=bank.clock.now())
        if ref is not None:
            row.bank_customer = (await person(session, ref)).id
        return row.id


async def test_a_list_is_brought_in_once_and_kept_sealed(bank):
    await bank.hire("0700", "agent")
    assert await bring(bank, LIST, "gb18030") == Imported(3, 0, 0)
    assert await bring(bank, LIST) == Imported(0, 0, 3)
    assert await bring(bank, LIST.replace("普通", "支行重点")) == Imported(0, 1, 2)
    async with bank.database.snapshot() as session:
        row = await person(session, "C-000001")
        assert (row.ref, row.name, row.tier, row.manager) == ("C-000001", "示例甲", "HQ_KEY", "0700")
        stored = (await session.execute(text("select * from bank_customers"))).all()
    assert "C-000001" not in str(stored)
    assert "示例甲" not in str(stored)


async def test_a_list_reaches_the_identities_and_leaves_what_it_does_not_speak_of(bank):
    await bank.hire("0700", "agent")
    await bring(bank, LIST)
    web, other = await identity(bank, "web", "C-000001"), await identity(bank, "web", None)
    await bring(bank, "ref,tier\nC-000001,BRANCH_KEY\n")
    async with bank.database.snapshot() as session:
        mine, unknown = await session.get_one(Customer, web), await session.get_one(Customer, other)
    assert (mine.tier, mine.manager, mine.name) == ("BRANCH_KEY", "0700", "示例甲")
    assert (unknown.tier, unknown.manager, unknown.name) == ("GENERAL", None, None)


FAULTY = [
    ("ref,tier\nC-000001,VIP\n", 2, "客户等级"),
    ("ref,tier\n,GENERAL\n", 2, "客户号不能空着"),
    ("ref,tier\nC-000001,GENERAL\nC-000001,GENERAL\n", 3, "第2行已经有了"),
    ("ref,tier,manager\nC-000001,GENERAL,9999\n", 2, "9999"),
    (f"ref,tier\n{'C' * 65},GENERAL\n", 2, "超过64位"),
    ("ref\nC-000001\n", 1, "tier"),
    ("ref,tier,phone\nC-000001,GENERAL,1\n", 1, "phone"),
]


@pytest.mark.parametrize(("told", "line", "why"), FAULTY)
async def test_a_faulty_line_is_named_and_nothing_is_imported(bank, told, line, why):
    with pytest.raises(FaultyLines) as refused:
        await bring(bank, told)
    [(number, fault)] = refused.value.lines
    assert (number, why in fault) == (line, True), fault
    assert "C-000001" not in fault
    async with bank.database.snapshot() as session:
        assert list(await session.scalars(select(BankCustomer))) == []


async def test_identities_of_one_person(bank):
    await bring(bank, "ref,tier\nC-000002,GENERAL\n")
    web, wechat = await identity(bank, "web", "C-000002"), await identity(bank, "wechat", "C-000002")
    stranger, other = await identity(bank, "web"), await identity(bank, "wechat")
    async with bank.database.snapshot() as session:
        assert set(await session.scalars(same_person(web))) == {web, wechat}
        assert await are_one_person(session, web, wechat)
        # Two identities that nobody is known behind are not one person.
        assert set(await session.scalars(same_person(stranger))) == {stranger}
        assert not await are_one_person(session, stranger, other)
        assert not await are_one_person(session, web, stranger)


async def test_the_person_goes_with_the_last_identity(bank):
    await bring(bank, LIST.replace("0700", ""))
    web, wechat = await identity(bank, "web", "C-000001"), await identity(bank, "wechat", "C-000001")
    for left, one in ((1, web), (0, wechat)):
        async with bank.database.transaction() as session:
            await part(session, await session.get_one(Customer, one))
        async with bank.database.snapshot() as session:
            found = await session.scalars(select(BankCustomer).where(BankCustomer.ref_index == index_of("C-000001")))
            assert len(list(found)) == left


async def test_a_new_key_seals_people_too(bank):
    await bring(bank, LIST.replace("0700", ""))
    new_key()
    assert await reseal(bank.database) == 4
    async with bank.database.snapshot() as session:
        row = await person(session, "C-000001")
        assert row.sealed_ref.startswith(f"s1.{keyring().active}.")
        assert (row.ref, row.name) == ("C-000001", "示例甲")


async def test_dates_are_the_same_for_every_tier(bank):
    """Tier changes who serves, never a right or a deadline."""
    await bank.hire("0101", "supervisor")
    await bank.hire("0700", "agent", skills=["rm"])
    dates = {}
    for n, tier in enumerate(TIERS):
        await bring(bank, f"ref,tier,manager\nC-00010{n},{tier},{'0700' if n else ''}\n")
        await identity(bank, "web", f"C-00010{n}")
        await bring(bank, f"ref,tier,manager\nC-00010{n},{tier},{'0700' if n else ''}\n")
        async with bank.database.transaction() as session:
            now = bank.clock.now()
            customer = await customer_for(session, channel="web", external_id=f"web-C-00010{n}", now=now)
            assert customer.tier == tier
            conversation = await start_conversation(session, customer, channel="web", now=now)
            ticket = await open_draft(
                session, conversation, kind="TS", effect=tier, received_at=now, now=now, intent="complain_pricing_fee"
            )
            await register(
                session, ticket, rules=bank.policy, unit=bank.policy.service.unit, now=now, turn_id=None, seq=None
            )
            first = (ticket.priority, ticket.answer_due, ticket.next_update_at, ticket.decision_due)
            await extend(
                session,
                ticket.number,
                await by_work_no(session, "0101"),
                version=ticket.version,
                reason="情况复杂，需要调取录像",
                complexity="complex",
                days=None,
                approver=None,
                policy=bank.policy,
                now=now + timedelta(hours=1),
            )
            assert ticket.decision_due is not None
            assert ticket.decision_due > first[3]
            dates[tier] = (*first, ticket.decision_due)
    assert len(set(dates.values())) == 1, dates
    assert all(dates["GENERAL"])


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import app
    from desk.settings import settings

    monkeypatch.setenv("SANBIAN_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'cli.db'}")
    settings.cache_clear()
    file = tmp_path / "customers.csv"
    file.write_text(LIST.replace("0700", ""), encoding="utf-8")
    run = CliRunner().invoke
    assert "3 added, 0 changed, 0 unchanged" in run(app, ["import", "customers", str(file)]).output
    assert "0 added, 0 changed, 3 unchanged" in run(app, ["import", "customers", str(file)]).output
    told = run(app, ["import", "staff", str(file)])
    assert told.exit_code == 2
