"""A given ticket: its row, grievances, facts and steps, with the dates and the work it would have by now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.replay.cases.given import TicketIn
from api.replay.given_life import seed_life
from desk.clock import SHANGHAI
from desk.clocks.answering import service_dates
from desk.clocks.calendar import hours_of
from desk.clocks.service import plan_warnings, profile_of, record_event, set_decision_due
from desk.conversations.draft import TurnDraft
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation
from desk.intake.plan import kind_of
from desk.intake.service import plan_draft_care
from desk.intake.told import told
from desk.policy.schemas import Policy
from desk.privacy.redact import redact
from desk.reading.schemas import Reading
from desk.reading.service import Reader
from desk.surveys.service import plan_survey
from desk.surveys.timing import send_time
from desk.tickets.models import IDEAS, TYPES, Ticket, TicketAddition, TicketFact, TicketHistory, TicketItem
from desk.tickets.service import update_key
from desk.tickets.states import OPEN_STATES
from desk.work.service import plan_work

PATH = ("draft", "registered", "assigned", "investigating", "decided", "notified", "rechecked", "followed_up", "closed")
ASIDE = {"paused": "investigating", "withdrawn": "registered", "merged": "registered", "declined": "registered"}
STEPS = {
    "draft": "客户首次反映",
    "registered": "客户确认，登记",
    "assigned": "已分派",
    "investigating": "开始核实",
    "paused": "暂停处理",
    "decided": "作出处理决定",
    "notified": "处理决定已送达客户",
    "rechecked": "已复核",
    "followed_up": "已回访",
    "closed": "办结",
    "withdrawn": "客户撤回",
    "merged": "并案处理",
    "declined": "不予受理",
    "reopened": "重新处理",
}
AFTER_DECISION = ("decided", "notified", "rechecked", "followed_up", "closed", "reopened")


@dataclass(frozen=True)
class TicketSeeder:
    """Writes given tickets into one transaction."""

    session: AsyncSession
    policy: Policy
    reader: Reader
    now: datetime
    intents: Mapping[str, str]
    """Ticket number → the bot's reading of its first grievance: a registered ticket knows its kind."""

    async def write(self, given: TicketIn, place: Conversation) -> Ticket:
        """The ticket in `place`, the conversation of the customer it belongs to."""
        kind, received = kind_in(given), self._received(given)
        row = Ticket(
            number=given.number,
            type=kind,
            # Closed is what it becomes once its proof stands in the record (`seed_life`); the database wants it so.
            state="followed_up" if given.state == "closed" else given.state,
            priority=given.priority,
            version=1,
            customer_id=place.customer_id,
            conversation_id=place.id,
            effect=f"given:{given.number}",
            intent=self.intents.get(given.number),
            owner=given.owner or (None if given.state == "draft" else self.policy.service.unit),
            branch=given.branch,
            received_at=received,
            complexity="simple",
            flags=dict(given.flags),
            on_behalf=given.on_behalf.model_dump() if given.on_behalf else None,
            remedy=[],
            chases=0,
        )
        self._decide(row, given)
        self.session.add(row)
        await self.session.flush()
        await self._dates(row, given)
        await self._items(row, given)
        await self._facts(row, given)
        await self._history(row, given)
        await seed_life(self.session, row, given, self.policy, self.now)
        await self._care(row, place)
        return row

    def _received(self, given: TicketIn) -> datetime:
        """As given, else ten in the morning of the day in the number, else the day before."""
        if given.received_at is not None:
            return given.received_at
        day = re.search(r"\d{8}", given.number)
        try:
            moment = datetime.strptime(f"{day[0]}10" if day else "", "%Y%m%d%H").replace(tzinfo=SHANGHAI)
        except ValueError:
            moment = self.now - timedelta(days=1)
        return min(moment, self.now)

    def _decide(self, row: Ticket, given: TicketIn) -> None:
        row.notified_at = given.notified_at
        if given.decision is None and given.decided_at is None and given.state not in AFTER_DECISION:
            return
        row.decided_at = given.decided_at or given.notified_at or max(row.received_at, self.now - timedelta(days=1))
        by = row.owner if row.owner and row.owner.isdigit() else None
        row.decision = {"outcome": "explained", "text": "", "by": by}
        if given.decision is not None:
            row.decision.update(outcome=given.decision.outcome, text=given.decision.text)
        if row.notified_at is None and given.state not in ("decided", "reopened"):
            row.notified_at = row.decided_at

    async def _dates(self, row: Ticket, given: TicketIn) -> None:
        """The dates the case was told at its registration; the next update is the first one still to come."""
        if row.state == "draft":
            return
        hours = await hours_of(self.session, self.policy)
        dates = service_dates(hours, row.received_at, priority=row.priority, now=row.received_at)
        row.registered_at, row.answer_due = row.received_at, dates.answer_due
        await self._clock(row, given.complexity)
        if row.state in ("registered", "assigned", "investigating", "paused", "reopened"):
            step = timedelta(hours=self.policy.service.clocks.update_hours[row.priority])
            following = row.received_at + step
            while following <= self.now:
                following += step
            told = hours.last_staffed_before(following, max(row.received_at, self.now))
            row.next_update_at = None if row.type in IDEAS else told or following
        if given.state in ("closed", "withdrawn", "merged", "declined"):
            row.closed_at = row.notified_at or row.received_at

    async def _clock(self, row: Ticket, complexity: str) -> None:
        """The events that brought the case to the complexity it has, approved and told as they must have been."""
        grades = list(profile_of(self.policy, row).grades)
        for grade in grades[1 : grades.index(complexity) + 1] if row.type != "HC" else ():
            await record_event(
                self.session,
                self.policy,
                row,
                kind="extended",
                by=row.owner or "given",
                grade=grade,
                reason="given",
                approved_by="given:upper" if profile_of(self.policy, row).grades[grade].approved else None,
                notice="given",
                now=row.received_at,
            )
        if row.state == "paused":
            await record_event(
                self.session,
                self.policy,
                row,
                kind="paused",
                by=row.owner or "given",
                why="external_appraisal",
                reason="given",
                notice="given",
                now=self.now,
            )
        await set_decision_due(self.session, self.policy, row)

    async def _items(self, row: Ticket, given: TicketIn) -> None:
        kind = kind_of(self.policy, row.intent) if row.intent else None
        for n, item in enumerate(given.items):
            amount = {"value": item.amount} if isinstance(item.amount, float) else item.amount
            self.session.add(
                TicketItem(
                    ticket=row.number,
                    effect=f"given:{n}",
                    what=redact(item.what, code_expected=False).text,
                    intent=row.intent,
                    cause_six=item.cause_six or (kind.cause_six if kind else None),
                    cause_jrt=item.cause_jrt or (list(kind.cause_jrt) if kind else []),
                    amount=amount,
                )
            )
        await self.session.flush()

    async def _facts(self, row: Ticket, given: TicketIn) -> None:
        for key, value in given.facts.items():
            if value is None:
                continue
            words = str(value) if not isinstance(value, float) or not value.is_integer() else str(int(value))
            reading = self.reader.read(words, now=row.received_at, asked=(key,))
            resolved = told(reading.facts, _turn(reading, row.received_at), self.policy).get(key, (None, None))[1]
            # A contact is a phone number: it is kept as everything else is kept, without the digits in the middle.
            self.session.add(
                TicketFact(
                    ticket=row.number,
                    key=key,
                    value=redact(words, code_expected=False).text,
                    status="given",
                    certain=True,
                    resolved=resolved,
                )
            )
            if key == "remedy":
                row.remedy = list((resolved or {}).get("keys", []))
        await self.session.flush()

    async def _history(self, row: Ticket, given: TicketIn) -> None:
        if given.history is None:
            self._plain_history(row)
            return
        at = row.received_at
        for n, step in enumerate(given.history):
            at = step.at or at
            if step.is_chase:
                row.chases += 1
                text = redact(step.text or step.reason or "客户追问进展", code_expected=False).text
                self.session.add(
                    TicketAddition(
                        ticket=row.number, effect=f"chase:given:{n}", kind="note", text=text, by="customer", at=at
                    )
                )
            else:
                to = step.to or row.state
                reason = step.reason or step.text or STEPS.get(to, to)
                self.session.add(
                    TicketHistory(
                        ticket=row.number, from_state=step.from_, to_state=to, by=step.by, at=at, reason=reason
                    )
                )
        await self.session.flush()

    def _plain_history(self, row: Ticket) -> None:
        """The steps every ticket in this state has behind it."""
        if row.state == "reopened":
            steps = [*PATH[: PATH.index("notified") + 1], "reopened"]
        elif row.state in ASIDE:
            steps = [*PATH[: PATH.index(ASIDE[row.state]) + 1], row.state]
        else:
            steps = list(PATH[: PATH.index(row.state) + 1])
        before: str | None = None
        for state in steps:
            late = state in PATH[PATH.index("decided") :] or state == "reopened"
            at = (row.decided_at if state == "decided" else row.notified_at or row.decided_at) if late else None
            by = "bot" if state in ("draft", "registered") else (row.owner or "bot")
            self.session.add(
                TicketHistory(
                    ticket=row.number,
                    from_state=before,
                    to_state=state,
                    by=by,
                    at=at or row.received_at,
                    reason=STEPS[state],
                )
            )
            before = state

    async def _care(self, row: Ticket, place: Conversation) -> None:
        """The work that a live ticket has ahead of it."""
        if row.state == "draft" and row.type == "TS":
            await plan_draft_care(self.session, row, place, self.policy)
        if row.state in OPEN_STATES and row.decision_due is not None:
            warned = row.decision_due - timedelta(days=profile_of(self.policy, row).warn_days + 1)
            if warned > self.now:
                await plan_warnings(self.session, self.policy, row, now=self.now)
        if row.next_update_at is not None:
            await plan_work(
                self.session,
                key=str(update_key(row)),
                kind="update",
                due_at=row.next_update_at,
                to="customer",
                ticket=row.number,
                conversation_id=place.id,
            )

    async def plan_survey(self, row: Ticket) -> None:
        """A decision told less than two days ago has its question still ahead; about an older one it was asked."""
        delay = timedelta(hours=24)
        if row.state in ("notified", "rechecked") and row.notified_at is not None:
            due = send_time(self.policy, row.notified_at + delay)
            if due > self.now - delay:
                await plan_survey(
                    self.session,
                    row,
                    policy=self.policy,
                    notified_at=row.notified_at,
                    delay_hours=delay / timedelta(hours=1),
                )


def kind_in(given: TicketIn) -> str:
    """The ticket's type, told or as its number says."""
    return given.type or (given.number[:2] if given.number[:2] in TYPES else "TS")


def _turn(reading: Reading, now: datetime) -> TurnDraft:
    """As much of a turn as resolving a fact needs."""
    return TurnDraft(
        turn_id="given",
        conversation_id="",
        customer_id="",
        channel="web",
        owner="bot",
        now=now,
        text="",
        seqs=[0],
        first_seq=0,
        received_at=now,
        reading=reading,
        levels=[],
        stage="open",
        memory=Memory(),
    )
