"""A registered complaint with colleagues around it, and the deeds of the clock done as the desk does them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from desk.clock import ManualClock
from desk.clocks import deeds
from desk.clocks.service import clock_of
from desk.conversations.models import Message
from desk.conversations.service import customer_for, get_conversation, start_conversation
from desk.db import Database
from desk.policy.schemas import Policy, policy
from desk.staff.models import Staff
from desk.staff.service import add_staff
from desk.tickets.models import Ticket
from desk.tickets.service import add_item, open_draft, register


@dataclass
class House:
    """One bank with a clock. Each call is a transaction of its own."""

    database: Database
    clock: ManualClock
    rules: Policy
    staff: dict[str, Staff] = field(default_factory=dict)
    complaints: int = 0

    async def open(self) -> None:
        """Hire everybody."""
        async with self.database.transaction() as session:
            for work_no, role in (("0101", "agent"), ("0102", "agent"), ("0213", "supervisor"), ("0214", "supervisor")):
                self.staff[work_no] = await add_staff(session, work_no=work_no, user=work_no, name="示例", role=role)

    async def complain(self, *, kind: str = "TS", tier: str = "GENERAL", profile: str | None = None) -> str:
        """A registered case in a conversation of its own; returns its number."""
        self.complaints += 1
        now = self.clock.now()
        async with self.database.transaction() as session:
            customer = await customer_for(session, channel="web", external_id=f"c{self.complaints}", now=now)
            customer.tier = tier
            conversation = await start_conversation(session, customer, channel="web", now=now)
            conversation = await get_conversation(session, conversation.id, lock=True)
            ticket = await open_draft(
                session,
                conversation,
                kind=kind,
                effect=f"e{self.complaints}",
                received_at=now,
                now=now,
                intent="complain_pricing_fee",
            )
            ticket.profile = profile
            await add_item(
                session,
                ticket,
                effect="i",
                what="多扣年费",
                intent=None,
                cause_six=1,
                cause_jrt=["pricing_fee"],
                from_seq=1,
            )
            await register(session, ticket, rules=self.rules, unit="消费者权益中心", now=now, turn_id=None, seq=1)
            return ticket.number

    async def do(self, deed: str, number: str, by: str = "0101", version: int | None = None, **args: Any) -> Ticket:
        """A colleague's deed, on the ticket as it is now unless an older `version` is named."""
        defaults: dict[str, dict[str, Any]] = {
            "extend": {"reason": "需要调取录像", "complexity": None, "days": None, "approver": None},
            "answer_extension": {"approve": True, "reason": ""},
            "pause": {"why": "external_appraisal", "reason": "笔迹要送鉴定", "agreed": []},
            "resume": {"reason": ""},
            "restart": {"facts": "客户补充了通话录音", "received_at": None},
        }
        if version is None:
            version = (await self.ticket(number)).version
        async with self.database.transaction() as session:
            return await getattr(deeds, deed)(
                session,
                number,
                self.staff[by],
                version=version,
                policy=self.rules,
                now=self.clock.now(),
                **{**defaults[deed], **args},
            )

    async def ticket(self, number: str) -> Ticket:
        async with self.database.snapshot() as session:
            return await session.get_one(Ticket, number)

    async def clock_of(self, number: str) -> Any:
        async with self.database.snapshot() as session:
            return await clock_of(session, self.rules, await session.get_one(Ticket, number))

    async def told(self, number: str) -> list[str]:
        """What the customer has been told in the ticket's conversation."""
        conversation = (await self.ticket(number)).conversation_id
        query = select(Message).where(Message.conversation_id == conversation, Message.by != "customer")
        return [row.text for row in await self.all(query.order_by(Message.seq))]

    async def all(self, query: Any) -> list[Any]:
        async with self.database.snapshot() as session:
            return list(await session.scalars(query))

    def transaction(self) -> Any:
        """A transaction for what has no deed."""
        return self.database.transaction()


@pytest.fixture
async def house(database: Database, clock: ManualClock) -> House:
    house = House(database, clock, policy())
    await house.open()
    return house
