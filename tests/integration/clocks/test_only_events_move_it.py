"""Random lives of cases: transfers, reopening, merging, appointments, pauses. Only lawful events move the decision's date.

The expected date is counted here, beside the code. Everything runs through the desk's own services on a real database; the
stored date and the expectation have to agree after every step.
"""

import ast
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desk.appointments.service import book
from desk.clock import local
from desk.clocks.service import raise_again
from desk.customers.models import Customer
from desk.errors import DeskError
from desk.tickets.deciding import Findings, decide_and_notify
from desk.tickets.ending import withdraw
from desk.tickets.models import Ticket
from desk.tickets.service import add_addition, link
from desk.tickets.states import move

ROOT = Path(__file__).resolve().parents[3]
DAYS = {"simple": 15, "complex": 30, "special": 60}


@dataclass
class Expected:
    """The date by counting on one's fingers."""

    since: date
    days: int = 15
    paused: int = 0
    paused_on: date | None = None
    told: date = date.min

    @property
    def due(self) -> date:
        return max(self.told, self.since + timedelta(days=self.days + self.paused))

    def extended(self, today, grade):
        self.days = DAYS[grade]

    def paused_(self, today):
        self.paused_on = today

    def resumed(self, today):
        if self.paused_on is not None:
            self.paused += (today - self.paused_on).days
        self.paused_on = None

    def restarted(self, today):
        self.told, self.since, self.days, self.paused, self.paused_on = self.due, today, 15, 0, None


class Life:
    """What can happen to a case. Names with a leading `law_` may move its date, the others never."""

    def __init__(self, house, number, expected):
        self.house, self.number, self.expected = house, number, expected

    @property
    def today(self):
        return local(self.house.clock.now()).date()

    async def changed(self, change):
        async with self.house.transaction() as session:
            ticket = await session.get_one(Ticket, self.number)
            await change(session, ticket)

    async def moved(self, *states):
        async def change(session, ticket):
            for state in states:
                move(session, ticket, state, by="0101", now=self.house.clock.now(), reason="x")

        await self.changed(change)

    async def transfer(self):
        async def change(session, ticket):
            ticket.owner, ticket.handler_id = "0102", self.house.staff["0102"].id

        await self.changed(change)

    async def reopen(self):
        await self.moved("reopened")

    async def investigate(self):
        await self.moved("assigned", "investigating")

    async def merge(self):
        other = await self.house.complain()

        async def change(session, ticket):
            await link(session, other, "merged_into", ticket.number)
            away = await session.get_one(Ticket, other)
            move(session, away, "merged", by="0101", now=self.house.clock.now(), reason="并案")

        await self.changed(change)

    async def appoint(self):
        now = self.house.clock.now()

        async def change(session, ticket):
            await book(
                session,
                policy=self.house.rules,
                conversation_id=ticket.conversation_id,
                ticket=ticket.number,
                effect=f"a{now}",
                start=now + timedelta(days=20),
                now=now,
                turn_id=None,
            )

        await self.changed(change)

    async def add(self):
        now = self.house.clock.now()

        async def change(session, ticket):
            await add_addition(
                session, ticket, effect=f"n{now}", kind="new_fact", text="我有录音", by="customer", now=now
            )
            ticket.priority, ticket.chases = "P1", ticket.chases + 1

        await self.changed(change)

    async def promote(self):
        async def change(session, ticket):
            (await session.get_one(Customer, ticket.customer_id)).tier = "HQ_KEY"

        await self.changed(change)

    async def withdraw(self):
        paused = self.expected.paused_on

        async def change(session, ticket):
            await withdraw(session, ticket, now=self.house.clock.now())

        await self.changed(change)
        if paused:
            self.expected.resumed(self.today)

    async def decide(self):
        ticket = await self.house.ticket(self.number)
        async with self.house.transaction() as session:
            await decide_and_notify(
                session,
                self.number,
                self.house.staff["0101"],
                version=ticket.version,
                findings=Findings("explained", text="经核实，没有多扣。"),
                policy=self.house.rules,
                now=self.house.clock.now(),
                survey_delay_hours=24,
            )
        self.expected.resumed(self.today)

    async def ask_special(self):
        await self.house.do("extend", self.number, days=60, approver="0213")

    async def law_extend(self):
        await self.house.do("extend", self.number, days=30)
        self.expected.extended(self.today, "complex")

    async def law_approve(self):
        await self.house.do("answer_extension", self.number, by="0213")
        self.expected.extended(self.today, "special")

    async def law_pause(self):
        await self.house.do("pause", self.number)
        self.expected.paused_(self.today)

    async def law_resume(self):
        await self.house.do("resume", self.number)
        self.expected.resumed(self.today)

    async def law_restart(self):
        await self.house.do("restart", self.number)
        self.expected.restarted(self.today)

    async def law_again(self):
        """The customer, told the decision, brings something new; the same case is taken up again."""
        now = self.house.clock.now()

        async def change(session, ticket):
            move(session, ticket, "reopened", by="customer", now=now, reason="x")
            await raise_again(session, self.house.rules, ticket, new_facts=True, now=now)

        await self.changed(change)
        self.expected.restarted(self.today)


STEPS = sorted(name for name in vars(Life) if not name.startswith("_") and name not in ("today", "changed", "moved"))
LIVES = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 4 * 24)), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate])
@given(LIVES)
async def test_a_random_life(house, life):
    case = Life(house, await house.complain(), Expected(local(house.clock.now()).date()))
    for step, hours in life:
        house.clock.advance(timedelta(hours=hours))
        before = await house.ticket(case.number)
        try:
            await getattr(case, step)()
            done = True
        except DeskError:
            done = False
        after = await house.ticket(case.number)
        assert local(after.decision_due).date() == case.expected.due, (step, life)
        assert f"{local(after.decision_due):%H:%M:%S}" == "23:59:59"
        assert after.decision_due >= before.decision_due, "a date that was told never comes nearer"
        if not (done and step.startswith("law_")) and case.expected.paused_on is None and before.state != "paused":
            assert after.decision_due == before.decision_due, (step, life)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 400 * 24), st.sampled_from(["TS", "HC", "JY"]))
async def test_the_tier_changes_no_date(house, hours, kind):
    house.clock.advance(timedelta(hours=hours))
    dates = set()
    for tier in ("GENERAL", "BRANCH_KEY", "HQ_KEY"):
        ticket = await house.ticket(await house.complain(kind=kind, tier=tier))
        dates.add((ticket.decision_due, ticket.answer_due))
    assert len(dates) == 1


def writers(name):
    """Files in which an attribute or keyword of this name is assigned."""
    for folder in ("desk", "actions", "api"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == name
                made = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Ticket"
                if stored or (made and any(keyword.arg == name for keyword in node.keywords)):
                    yield str(file.relative_to(ROOT))


def test_one_function_writes_the_date():
    assert set(writers("decision_due")) == {"desk/clocks/service.py"}


def test_service_hours_come_with_the_calendar_of_this_moment():
    """Whoever makes them himself goes by the shipped calendar and never hears of a holiday that the desk has entered."""
    makers = {
        str(file.relative_to(ROOT))
        for folder in ("desk", "actions", "api")
        for file in (ROOT / folder).rglob("*.py")
        if "ServiceHours(" in file.read_text(encoding="utf-8")
    }
    assert makers == {"desk/clocks/calendar.py"}
