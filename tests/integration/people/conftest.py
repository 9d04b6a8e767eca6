"""A bank with a tree of branches, its colleagues, and a case in its first hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from desk.branches.importing import import_branches
from desk.clock import ManualClock
from desk.conversations.models import Conversation
from desk.conversations.service import customer_for, start_conversation
from desk.db import Database
from desk.policy.schemas import Policy, policy
from desk.staff.demo import sample_branches
from desk.staff.models import Staff
from desk.staff.service import add_staff
from desk.tickets.models import Ticket
from desk.tickets.service import open_draft
from desk.tickets.states import move


@dataclass
class Bank:
    """The record, and short ways to write into it."""

    database: Database
    clock: ManualClock
    policy: Policy

    async def hire(self, work_no: str, role: str = "agent", **fields: object) -> None:
        async with self.database.transaction() as session:
            await add_staff(
                session,
                **{"work_no": work_no, "user": f"u{work_no}", "name": "示例", "role": role, "on_duty": "on", **fields},
            )

    async def case(self, name: str = "c", *, locale: str = "zh-CN", owner: str | None = None) -> tuple[str, str]:
        """A registered complaint; returns (conversation, ticket)."""
        async with self.database.transaction() as session:
            now = self.clock.now()
            customer = await customer_for(session, channel="web", external_id=name, now=now, locale=locale)
            conversation = await start_conversation(session, customer, channel="web", now=now)
            ticket = await open_draft(
                session, conversation, kind="TS", effect=f"t:{name}", received_at=now, now=now, intent=None
            )
            ticket.owner = owner or self.policy.service.unit
            move(session, ticket, "registered", by="bot", now=now, reason="登记")
            return conversation.id, ticket.number

    async def do(self, deed: Callable[[AsyncSession], Awaitable[object]]) -> object:
        async with self.database.transaction() as session:
            return await deed(session)

    async def ticket(self, number: str) -> Ticket:
        async with self.database.snapshot() as session:
            return await session.get_one(Ticket, number)

    async def conversation(self, conversation_id: str) -> Conversation:
        async with self.database.snapshot() as session:
            return await session.get_one(Conversation, conversation_id)

    async def person(self, session: AsyncSession, work_no: str) -> Staff:
        from desk.staff.service import by_work_no

        return await by_work_no(session, work_no)


@pytest.fixture
async def bank(database: Database, clock: ManualClock) -> Bank:
    async with database.transaction() as session:
        await import_branches(session, sample_branches(), sample=True)
    return Bank(database, clock, policy())
