"""Customers' tiers from the bank's own records (SD067): a CSV file, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.csv_lines import Imported, Writing, needed, one_of, read_lines
from desk.customers.models import TIERS, BankCustomer, Customer, index_of
from desk.customers.service import as_the_bank_knows
from desk.staff.models import Staff

COLUMNS = {"客户号": "ref", "客户等级": "tier", "姓名": "name", "价值等级": "value_tier", "客户经理": "manager"}
TIER_WORDS = {"普通": "GENERAL", "支行重点": "BRANCH_KEY", "总行重点": "HQ_KEY"}
LONGEST = 64
AT_ONCE = 500
"""How many customer numbers are looked up in one statement."""


async def import_customers(session: AsyncSession, raw: bytes, *, now: datetime) -> Imported:
    """Add and update customers by their number in the bank, and the channel identities that are linked to them.

    Raises FaultyLines, which never quotes a number or name; then the caller's transaction must not be committed.
    """
    lines = read_lines(raw, COLUMNS, ("ref", "tier"))
    staff = set(await session.scalars(select(Staff.work_no)))
    told: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, row in lines.rows:
        with lines.checking(number):
            fields = _fields(row, staff)
            index = index_of(fields["ref"])
            if index in told:
                raise ValueError(f"这个客户号在第{told[index][0]}行已经有了")
            told[index] = (number, fields)
    lines.settle()
    done = Writing(session, extra={"created_at": now})
    for indexes in _some(list(told)):
        people = await session.scalars(select(BankCustomer).where(BankCustomer.ref_index.in_(indexes)))
        known = {person.ref_index: person for person in people}
        for index in indexes:
            await done.write(BankCustomer, known.get(index), told[index][1])
        await _tell_identities(session, indexes)
    return done.result()


def _fields(row: Mapping[str, str], staff: set[str]) -> dict[str, Any]:
    """Only the columns of the file: what a file does not speak of stays as it is."""
    fields: dict[str, Any] = {key: row[key] or None for key in ("name", "value_tier", "manager") if key in row}
    fields["ref"] = needed(row, "ref", "客户号")
    if len(fields["ref"]) > LONGEST:
        raise ValueError(f"客户号超过{LONGEST}位")
    tier = row.get("tier", "")
    fields["tier"] = one_of(TIER_WORDS.get(tier, tier), TIERS, "客户等级")
    if fields.get("manager") and fields["manager"] not in staff:
        raise ValueError(f"没有工号{fields['manager']}的客户经理，请先导入员工")
    return fields


def _some(indexes: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(indexes), AT_ONCE):
        yield indexes[first : first + AT_ONCE]


async def _tell_identities(session: AsyncSession, indexes: list[str]) -> None:
    linked = await session.execute(
        select(Customer, BankCustomer)
        .join(BankCustomer, Customer.bank_customer == BankCustomer.id)
        .where(BankCustomer.ref_index.in_(indexes))
    )
    for customer, person in linked:
        as_the_bank_knows(customer, person)
    await session.flush()
