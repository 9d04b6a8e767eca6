"""Seal everything afresh under a new key (JR/T 0171-2020): a key that may have leaked must not open what comes later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from desk.conversations.models import SealedValue
from desk.customers.models import BankCustomer, Customer
from desk.db import Database
from desk.privacy.keyring import keyring
from desk.privacy.sealing import rotate
from desk.settings import settings
from desk.staff.models import Staff

BATCH = 200
SEALED: list[tuple[Any, str, Callable[[Any], str]]] = [
    (SealedValue, "sealed", lambda row: f"sealed_values:{row.message_id}:{row.token}"),
    (Customer, "sealed_name", lambda row: f"customers.name:{row.id}"),
    (BankCustomer, "sealed_ref", lambda row: f"bank_customers.ref:{row.id}"),
    (BankCustomer, "sealed_name", lambda row: f"bank_customers.name:{row.id}"),
    (Staff, "otp_secret", lambda row: f"otp:{row.work_no}"),
]
"""Every sealed column: table, column, and what the seal is bound to."""


def new_key() -> str:
    """Add a key and make it the active one; running processes take it up by themselves. Returns its id."""
    keyring()
    return rotate(settings().keys)


async def reseal(database: Database) -> int:
    """Seal what older keys sealed under the active one, in small transactions; may be stopped and begun again.

    Returns how many values were sealed afresh. Blind indexes have a key of their own and stay.
    """
    done = 0
    for model, name, bound_to in SEALED:
        while batch := await _reseal_some(database, model, name, bound_to):
            done += batch
    return done


async def _reseal_some(database: Database, model: Any, name: str, bound_to: Callable[[Any], str]) -> int:
    column, keys = getattr(model, name), keyring()
    async with database.transaction() as session:
        stale = column.is_not(None) & column.not_like(f"s1.{keys.active}.%")
        rows = list(await session.scalars(select(model).where(stale).limit(BATCH).with_for_update()))
        for row in rows:
            setattr(row, name, keys.reseal(getattr(row, name), bound_to(row)))
    return len(rows)
