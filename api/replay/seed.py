"""Writing `given` into the record: what the desk would hold if all of it had happened here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.replay.cases.case import Case
from api.replay.cases.given import PromiseIn, StaffIn
from api.replay.cases.turns import AgentDoes
from api.replay.given_life import given_links
from api.replay.given_meeting import offer_appointments, seed_appointment
from api.replay.given_survey import seed_survey
from api.replay.given_ticket import TicketSeeder
from desk.appointments.models import Appointment
from desk.branches.importing import hours_in, import_branches
from desk.branches.service import ensure_branch
from desk.conversations.models import Conversation
from desk.conversations.service import get_conversation, start_conversation
from desk.customers.models import Customer
from desk.db import new_id
from desk.policy.schemas import Policy
from desk.privacy.redact import redact
from desk.promises.models import Promise
from desk.promises.service import watch
from desk.reading.service import Reader
from desk.staff.demo import sample_branches
from desk.staff.service import add_staff, by_work_no
from desk.tickets.models import Ticket
from desk.tickets.service import plan_update

ROSTER = (
    StaffIn(work_no="0101", name="示例坐席", role="agent", title="客服专员", on_duty="work"),
    StaffIn(work_no="0213", name="示例主管", role="supervisor", title="投诉中心主管", on_duty="work"),
    StaffIn(work_no="0307", name="示例合规", role="compliance", title="合规同事", on_duty="work"),
    StaffIn(work_no="0001", name="示例值班", role="duty", title="值班主管", on_duty=True),
    StaffIn(work_no="0091", name="示例反诈专员", role="fraud", title="反诈专员", on_duty=True),
)
"""Who is there when a case names nobody."""

TOLD_WORDS = (
    ("call", re.compile(r"电话|回电|致电|联系|打给|call")),
    ("update", re.compile(r"进展|进度|情况|update")),
    ("decision", re.compile(r"决定|结果|decision")),
    ("first_answer", re.compile(r"答复|回复|answer")),
)


@dataclass
class Seeder:
    """Writes one case's world; everything in one transaction, by the desk's own models."""

    session: AsyncSession
    policy: Policy
    reader: Reader
    case: Case
    conversation_id: str
    now: datetime
    intents: Mapping[str, str]
    _other: Conversation | None = field(default=None)

    async def seed(self) -> None:
        """Everything of `given`, the roster, and the customer."""
        conversation = await get_conversation(self.session, self.conversation_id, lock=True)
        await self._customer(conversation)
        await self._branches()
        await self._staff()
        given = self.case.context.given
        tickets: dict[str, Ticket] = {}
        seeder = TicketSeeder(self.session, self.policy, self.reader, self.now, self.intents)
        for ticket in given.tickets:
            place = conversation if ticket.mine else await self._somebody_else(conversation)
            tickets[ticket.number] = await seeder.write(ticket, place)
        self.session.add_all(link for ticket in given.tickets for link in given_links(ticket))
        for n, promise in enumerate(given.promises):
            await self._promise(promise, n, tickets, conversation)
        await self._appointments(tickets, conversation)
        asked_about = {survey.ticket for survey in given.surveys}
        for survey in given.surveys:
            place = await self._place_of(tickets[survey.ticket], conversation)
            await seed_survey(self.session, survey, tickets[survey.ticket], place, policy=self.policy, now=self.now)
        for number, row in tickets.items():
            if number not in asked_about:
                await seeder.plan_survey(row)
        self._present_case(conversation, list(tickets.values()))
        await self.session.flush()

    async def _customer(self, conversation: Conversation) -> None:
        customer = await self.session.get_one(Customer, conversation.customer_id)
        told = self.case.context.customer
        customer.tier, customer.value_tier, customer.name = told.tier, told.value_tier, told.name
        customer.verified, customer.locale = told.verified, self.case.locale
        if told.ref is not None:
            customer.external_id = told.ref

    async def _branches(self) -> None:
        """Those of the case, whoever is above first; without any, the sample branches."""
        given = self.case.context.given.branches
        if not given:
            await import_branches(self.session, sample_branches(), sample=True)
        for branch in given:
            opens, closes = hours_in(branch.hours)
            row = await ensure_branch(self.session, branch.name)
            row.level, row.rooms, row.accessible = branch.level, branch.rooms, branch.accessible
            row.opens, row.closes = opens, closes
        for branch in given:
            if branch.parent is not None and branch.level != "hq":
                row = await ensure_branch(self.session, branch.name)
                row.parent = (await ensure_branch(self.session, branch.parent)).name
        await self.session.flush()

    async def _staff(self) -> None:
        given = self.case.context.given.staff
        roster = list(ROSTER if given is None else given)
        there = {person.work_no for person in roster}
        for turn in self.case.turns:
            if isinstance(turn, AgentDoes) and turn.work_no not in there:
                # Somebody known by a number alone: acts at the desk, is on no roster.
                role = "supervisor" if turn.do == "approve" else "agent"
                roster.append(StaffIn(work_no=turn.work_no, role=role, on_duty=False))
                there.add(turn.work_no)
        for person in roster:
            await add_staff(
                self.session,
                work_no=person.work_no,
                user=f"u{person.work_no}",
                name=person.name or f"工号{person.work_no}",
                role=person.role,
                title=person.title,
                branch=person.branch,
                skills=list(person.skills),
                languages=list(person.languages),
                on_duty=person.duty,
            )
        for person in roster:
            if person.reports_to in there:
                (await by_work_no(self.session, person.work_no)).reports_to = person.reports_to
        await self.session.flush()

    async def _somebody_else(self, ours: Conversation) -> Conversation:
        if self._other is None:
            other = Customer(
                id=new_id(), channel=ours.channel, external_id=new_id(), locale="zh-CN", created_at=self.now
            )
            other.tier, other.verified = "GENERAL", False
            self.session.add(other)
            await self.session.flush()
            self._other = await start_conversation(self.session, other, channel=ours.channel, now=self.now)
        return self._other

    async def _place_of(self, ticket: Ticket | None, ours: Conversation) -> Conversation:
        return ours if ticket is None or ticket.conversation_id == ours.id else await self._somebody_else(ours)

    async def _promise(self, given: PromiseIn, n: int, tickets: dict[str, Ticket], ours: Conversation) -> None:
        ticket = tickets.get(given.ticket or "")
        place = await self._place_of(ticket, ours)
        row = Promise(
            conversation_id=place.id,
            ticket=given.ticket,
            effect=f"given:{n}",
            kind=next((kind for kind, words in TOLD_WORDS if words.search(given.content)), "other"),
            content=redact(given.content, code_expected=False).text,
            due_at=given.due_at,
            state=given.state,
            kept_at=given.due_at if given.state == "kept" else None,
            broken_at=given.due_at if given.state == "broken" else None,
        )
        self.session.add(row)
        await self.session.flush()
        if given.state == "open":
            await watch(self.session, row)
        before = ticket.next_update_at if ticket is not None and given.state != "kept" else None
        if ticket is not None and before is not None and given.due_at < before:
            # What was promised is when the customer may rightly ask; what was missed is told at the next regular time.
            ticket.next_update_at = given.due_at
            planned = await plan_update(self.session, ticket)
            if planned is not None and given.due_at <= self.now:
                planned.due_at = before

    async def _appointments(self, tickets: dict[str, Ticket], ours: Conversation) -> None:
        offered: list[Appointment] = []
        for n, given in enumerate(self.case.context.given.appointments):
            case = tickets.get(given.ticket or "")
            place = await self._place_of(case, ours)
            row = await seed_appointment(self.session, given, n, case, place, policy=self.policy, now=self.now)
            if given.state == "offered" and place.id == ours.id and given.start > self.now:
                offered.append(row)
        await offer_appointments(self.session, offered, ours, now=self.now)

    @staticmethod
    def _present_case(conversation: Conversation, tickets: list[Ticket]) -> None:
        """The customer comes back to the thread of the newest case, as on the same phone or browser."""
        mine = [ticket for ticket in tickets if ticket.conversation_id == conversation.id]
        if mine:
            newest = max(mine, key=lambda ticket: (ticket.received_at, ticket.number))
            conversation.case_number = newest.number
            conversation.stage = "open" if newest.state == "draft" else "registered"
