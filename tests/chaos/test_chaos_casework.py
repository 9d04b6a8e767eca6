"""Tickets through their whole life while workers are killed: every promise, update, reminder and survey fires once.

The tickets live half on each database; `SANBIAN_CHAOS_TICKETS=1000` makes them 2,000 together. The clock is settable; days pass in seconds. Workers are real processes that
get SIGKILL at any moment, also between a commit and its send, and between a send and its mark.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from casework_workers import DIED, WORKERS, SharedClock
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.turns.due import HANDLERS
from desk.alerts.models import Alert
from desk.appointments.models import Appointment
from desk.appointments.service import book
from desk.clock import SHANGHAI
from desk.closing import service as closing
from desk.closing.models import Closing
from desk.conversations.models import Message
from desk.conversations.service import customer_for, start_conversation
from desk.db import Database
from desk.handovers import service as handovers
from desk.handovers.models import HandOver
from desk.intake.service import plan_draft_care
from desk.notices.models import Notice
from desk.outbox.models import Outgoing
from desk.outbox.service import first_delivery
from desk.policy.schemas import policy
from desk.promises.models import Promise
from desk.promises.service import keep_by_hand
from desk.settings import ROOT
from desk.staff.models import Staff
from desk.staff.service import add_staff
from desk.surveys.models import Survey
from desk.surveys.service import answer, decline_survey
from desk.tickets.deciding import Findings, decide_and_notify
from desk.tickets.models import Ticket
from desk.tickets.service import add_item, get_ticket, open_draft, register
from desk.work.models import DueWork

TICKETS = int(os.environ.get("SANBIAN_CHAOS_TICKETS", "100"))
"""On each database. A run of every day takes few; 1,000 is the full storm."""
START = datetime(2025, 6, 11, 10, 0, tzinfo=SHANGHAI)
PATIENCE_S = float(os.environ.get("SANBIAN_CHAOS_PATIENCE", "240"))
IN_ONE_GO = 25
HASTY = TICKETS // 3
"""So many tickets are taken over at once; the others later than they should be."""
ANSWERS = ("solved", 4, 5, 5)
CALLED = (1,)
"""Who is to be called back; a second call at that time would find nobody free."""


@dataclass
class Casework:
    """The desk's side: a database, the clock everybody shares, and one colleague."""

    database: Database
    clock: SharedClock
    folder: Path
    people: dict[str, Staff] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    leaps: int = 0
    """How often the clock went on while deliveries waited: whoever was sending just then lost his lease."""

    async def for_each(
        self,
        names: list[str],
        deed: Callable[[AsyncSession, str, int], Awaitable[None]],
        first: int = 0,
        last: int | None = None,
    ) -> None:
        """The same deed on many tickets, or on those between two places, some in a transaction."""
        last = len(names) if last is None else last
        for begin in range(first, last, IN_ONE_GO):
            async with self.database.transaction() as session:
                for n in range(begin, min(begin + IN_ONE_GO, last)):
                    await deed(session, names[n], n)

    async def open(self, session: AsyncSession, name: str, n: int) -> None:
        """A ticket; every tenth stays a draft, every fifth gets a call at a time of the customer's choosing."""
        now = self.clock.now()
        customer = await customer_for(session, channel="web", external_id=name, now=now)
        conversation = await start_conversation(session, customer, channel="web", now=now)
        ticket = await open_draft(
            session, conversation, kind="TS", effect=name, received_at=now, now=now, intent="complain_pricing_fee"
        )
        await plan_draft_care(session, ticket, conversation, policy())
        if n % 10 == 0:
            self.drafts.append(ticket.number)
            return
        await add_item(
            session,
            ticket,
            effect="item",
            what="多收年费",
            intent=None,
            cause_six=1,
            cause_jrt=["pricing_fee"],
            from_seq=None,
        )
        await register(session, ticket, rules=policy(), unit="消费者权益中心", now=now, turn_id=None, seq=None)
        self.numbers.append(ticket.number)
        if n in CALLED:
            await book(
                session,
                policy=policy(),
                conversation_id=conversation.id,
                ticket=ticket.number,
                effect=f"call:{name}",
                start=START + timedelta(hours=26),
                now=now,
                turn_id=None,
            )

    async def answer_early(self, session: AsyncSession, number: str, n: int) -> None:
        """A third of the customers are told something before the promised time."""
        if n % 3:
            return
        first = select(Promise.id).where(Promise.ticket == number, Promise.kind == "first_answer")
        promise = (await session.scalars(first)).one()
        await keep_by_hand(session, promise, self.people["0101"], note="已先答复", now=self.clock.now())

    async def begin(self, session: AsyncSession, number: str, n: int) -> None:
        """Somebody looks into it; every other ticket is then offered to a colleague."""
        ticket = await get_ticket(session, number, lock=True)
        here = {"version": ticket.version, "now": self.clock.now()}
        await handovers.begin(session, number, self.people["0101"], **here)
        if n % 2:
            here["version"] = ticket.version
            await handovers.hand_over(
                session, number, self.people["0101"], to="0102", note="请接手", policy=policy(), **here
            )

    async def accept(self, session: AsyncSession, number: str, n: int) -> None:
        """The colleague takes it over; where he is late a supervisor has been alerted by then."""
        if n % 2:
            ticket = await get_ticket(session, number, lock=True)
            now = self.clock.now()
            await handovers.accept(session, number, self.people["0102"], version=ticket.version, now=now)

    async def decide(self, session: AsyncSession, number: str, n: int) -> None:
        ticket = await get_ticket(session, number, lock=True)
        await decide_and_notify(
            session,
            number,
            self.people["0102" if n % 2 else "0101"],
            version=ticket.version,
            findings=Findings("upheld", "经核实，费用多收，已退回", all_items=True),
            policy=policy(),
            now=self.clock.now(),
            survey_delay_hours=24,
        )

    async def recheck(self, session: AsyncSession, number: str, _n: int) -> None:
        ticket, boss, now = await get_ticket(session, number, lock=True), self.people["0213"], self.clock.now()
        await closing.recheck(
            session,
            number,
            boss,
            version=ticket.version,
            result="passed",
            note="看了流水，结论无误",
            policy=policy(),
            now=now,
        )
        await closing.give_feedback(
            session,
            number,
            boss,
            version=ticket.version,
            department="零售业务部",
            text="年费规则说明不清",
            none_because="",
            now=now,
        )

    async def answer_survey(self, session: AsyncSession, number: str, n: int) -> None:
        """Of four customers one answers and one declines: these are not reminded."""
        survey = (await session.scalars(select(Survey).where(Survey.ticket == number))).one()
        if n % 4 == 1:
            await decline_survey(session, survey, now=self.clock.now())
        if n % 4 == 0:
            for said in ANSWERS:
                await answer(session, survey, said, now=self.clock.now())

    async def close(self, session: AsyncSession, number: str, _n: int) -> None:
        ticket = await get_ticket(session, number, lock=True)
        await closing.close(
            session, number, self.people["0213"], version=ticket.version, policy=policy(), now=self.clock.now()
        )

    async def until(self, moment: datetime) -> None:
        """Go to `moment` and stay there until all that is due has been done and delivered."""
        await self.settled()  # a leap under somebody who is sending would cost him his lease
        self.clock.set(moment)
        await self.settled()

    async def settled(self) -> None:
        limit = time.monotonic() + PATIENCE_S
        while left := await self.left():
            assert time.monotonic() < limit, f"never done: {left}"
            await asyncio.sleep(0.1)
            async with self.database.snapshot() as session:
                later = await session.scalar(first_delivery(self.clock.now()))
            if set(left) == {"deliveries"} and later is not None and later > self.clock.now():
                self.leaps += 1
                self.clock.set(later)  # only leases of the dead are left, which run out by the same clock

    async def left(self) -> Counter[str]:
        """Due and not done, or said and not delivered."""
        open_ones = (DueWork.done_at.is_(None), DueWork.cancelled.is_(False), DueWork.due_at <= self.clock.now())
        async with self.database.snapshot() as session:
            due = await session.execute(select(DueWork.kind, func.count()).where(*open_ones).group_by(DueWork.kind))
            waiting = await session.scalar(
                select(func.count()).select_from(Outgoing).where(Outgoing.state == "waiting")
            )
        return Counter(dict(due.all())) + Counter({"deliveries": waiting or 0})

    async def rows(self, model: type, *where: object) -> list:  # type: ignore[type-arg]
        async with self.database.snapshot() as session:
            return list(await session.scalars(select(model).where(*where)))  # type: ignore[arg-type]


@pytest.fixture
async def casework(database: Database, tmp_path: Path) -> Casework:
    made = Casework(database, SharedClock(tmp_path / "clock", start=START), tmp_path)
    async with database.transaction() as session:
        for work_no, role in (("0101", "agent"), ("0102", "agent"), ("0213", "supervisor")):
            made.people[work_no] = await add_staff(
                session, work_no=work_no, user=f"u{work_no}", name="示例", role=role, on_duty="work"
            )
    return made


@contextmanager
def dying_workers(casework: Casework) -> Iterator[list[int]]:
    """Workers that are killed again and again; afterwards the list holds how often."""
    died: list[int] = []
    log = casework.folder / "workers.log"
    program = [sys.executable, str(Path(__file__).with_name("casework_workers.py"))]
    with log.open("wb") as output:
        nursery = subprocess.Popen(
            [*program, casework.database.url, str(casework.folder), "20250611"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
        try:
            yield died
        finally:
            nursery.communicate(timeout=30)
    said = log.read_text(encoding="utf-8")
    assert nursery.returncode == 0, said[-4000:]
    assert "_failed" not in said, said[-4000:]
    died.append(int(said.split()[-1]))


async def test_everything_fires_once_whoever_dies(casework: Casework) -> None:
    names, begun = [f"c{n}" for n in range(TICKETS)], time.monotonic()
    await casework.for_each(names, casework.open)
    with dying_workers(casework) as died:
        await casework.for_each(casework.numbers, casework.begin)
        await casework.for_each(casework.numbers, casework.accept, last=HASTY)
        await casework.until(START + timedelta(hours=8))  # who was offered a ticket and did not answer is reported
        await casework.for_each(casework.numbers, casework.accept, first=HASTY)
        await casework.for_each(casework.numbers, casework.answer_early)
        await casework.until(START + timedelta(hours=25, minutes=50))  # first answers fall due, calls are reminded of
        before = await fired(casework)
        await casework.until(START + timedelta(hours=20))  # the machines' clock is set back: nothing fires again
        assert await fired(casework) == before
        await casework.until(START + timedelta(hours=27))  # the calls are missed
        await casework.until(START + timedelta(hours=74))  # progress is told, drafts are judged
        await casework.for_each(casework.numbers, casework.decide)
        await casework.for_each(casework.numbers, casework.recheck)
        await casework.until(START + timedelta(hours=100))  # surveys
        await casework.for_each(casework.numbers, casework.answer_survey)
        await casework.until(START + timedelta(hours=176))  # reminders of surveys
        await casework.until(START + timedelta(days=14))  # asked and reminded in vain
        await casework.for_each(casework.numbers, casework.close)
        await casework.until(START + timedelta(days=20))  # decisions that nobody waits for any more
    took = time.monotonic() - begun
    print(f"{TICKETS} tickets, {took:.0f} s, {died[0]} workers died; fired: {dict(await fired(casework))}")
    assert died[0] > TICKETS / 100, "hardly anybody died"
    await assert_due_work_is_done(casework)
    await assert_customers_heard_it_once(casework)
    await assert_every_end_is_proven(casework)
    await assert_promises_are_settled(casework)
    await assert_delivered(casework)


async def fired(casework: Casework) -> Counter[str]:
    return Counter(row.kind for row in await casework.rows(DueWork, DueWork.done_at.is_not(None)))


async def assert_due_work_is_done(casework: Casework) -> None:
    """Of every kind there is, also of those that are added later."""
    now = casework.clock.now()
    rows = await casework.rows(DueWork)
    assert {row.kind for row in rows} <= HANDLERS.keys()
    assert [row.key for row in rows if not row.done_at and not row.cancelled and row.due_at <= now] == []
    assert [row.key for row in rows if row.attempts] == [], "a handler failed"
    closed = [ticket for ticket in await casework.rows(Ticket) if ticket.number in set(casework.numbers)]
    assert Counter(ticket.state for ticket in closed) == {"closed": len(casework.numbers)}


async def assert_customers_heard_it_once(casework: Casework) -> None:
    """Counted in the record of what was said, not in the bookkeeping of due work."""
    said: dict[str, Counter[str]] = {}
    for message in await casework.rows(Message):
        kind = message.external_id.removeprefix("due:").split(":")[0]
        kind += ":remind" if message.external_id.endswith(":remind") else ""
        said.setdefault(message.conversation_id, Counter())[kind] += 1
    reminded = {row.conversation_id for row in await casework.rows(Appointment)}
    order = {number: n for n, number in enumerate(casework.numbers)}
    for ticket in await casework.rows(Ticket):
        heard = said.get(str(ticket.conversation_id), Counter())
        if ticket.number in casework.drafts:
            assert heard["draft"] == 1, (ticket.number, heard)
            continue
        expected = Counter({"update": 1, "decision": 1, "survey": 1})
        n = order[ticket.number]
        # Whoever knew the first owner by then hears of the second one.
        expected["owner"] = 2 if n % 2 and n >= HASTY else 1
        expected["survey:remind"] = 0 if order[ticket.number] % 4 in (0, 1) else 1
        # Nobody calls in this storm: the reminder, then the word that we missed it.
        expected["remind"] = expected["appointment"] = 1 if ticket.conversation_id in reminded else 0
        assert heard == +expected, (ticket.number, heard)


async def assert_every_end_is_proven(casework: Casework) -> None:
    """One notice that arrived, one closing and how the customer was heard; who was late with a hand-over was reported."""
    order = {number: n for n, number in enumerate(casework.numbers)}
    notices = await casework.rows(Notice)
    assert {row.result for row in notices} == {"sent"}
    decisions = [(row.ticket, row.kind, row.result) for row in notices if row.kind == "decision"]
    assert Counter(decisions) == Counter((number, "decision", "sent") for number in casework.numbers)
    closings = {row.ticket: row.follow_up for row in await casework.rows(Closing)}
    heard = {0: "answered", 1: "declined"}
    assert closings == {number: heard.get(n % 4, "unreachable") for number, n in order.items()}
    offers = await casework.rows(HandOver)
    assert {row.state for row in offers} == {"accepted"}
    late = {f"handover:{row.id}" for row in offers if order[row.ticket] >= HASTY}
    alarms = [row.key for row in await casework.rows(Alert) if row.key.startswith("handover:")]
    assert Counter(alarms) == Counter(late)


async def assert_promises_are_settled(casework: Casework) -> None:
    promises = await casework.rows(Promise)
    alarms = Counter(alert.key for alert in await casework.rows(Alert, Alert.kind == "promise_broken"))
    now = casework.clock.now()
    assert [p.id for p in promises if p.state in ("open", "unsent") and p.due_at <= now] == []
    assert set(alarms.values()) == {1}
    assert len(alarms) == sum(p.state == "broken" for p in promises)
    assert all(p.broken_at >= p.due_at for p in promises if p.state == "broken")
    early = [p for p in promises if p.kept_by == "0101"]
    assert len(early) == len(casework.numbers[::3])
    assert all(p.early for p in early)
    by_kind = Counter((p.kind, p.state) for p in promises if p.ticket in set(casework.numbers))
    assert by_kind["update", "kept"] >= len(casework.numbers)
    assert by_kind["decision", "kept"] == len(casework.numbers)
    assert by_kind["first_answer", "broken"] == len(casework.numbers) - len(early)
    assert by_kind["call", "broken"] == len(await casework.rows(Appointment, Appointment.state == "missed_by_us"))


async def assert_delivered(casework: Casework) -> None:
    """The channel got each key at least once, and again – with the same key – only after whoever had sent it was dead."""
    sender: dict[str, str] = {}
    dead: set[str] = set()
    repeated = doubled = 0
    for line in (casework.folder / "received").read_text().splitlines():
        pid, what = line.split()
        if what == DIED:
            dead.add(pid)
            continue
        repeated += what in sender
        doubled += what in sender and sender[what] not in dead
        sender[what] = pid
    rows = await casework.rows(Outgoing)
    assert {row.state for row in rows} == {"sent"}
    assert sender.keys() == {row.key for row in rows}
    print(f"{len(rows)} deliveries, {repeated} repeated with the same key, {doubled} by a leap of the clock")
    assert repeated > 0, "nobody died between a send and its mark"
    assert doubled <= WORKERS * casework.leaps, "a lease holds nobody off"
