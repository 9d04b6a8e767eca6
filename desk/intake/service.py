"""Opening a complaint case and knowing where it stands (SD001–SD004, SD074)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.changes.models import Change
from desk.changes.service import executed_in_case
from desk.changes.table import Situation
from desk.conversations.draft import TurnDraft
from desk.conversations.models import Conversation
from desk.conversations.service import get_conversation
from desk.customers.models import Customer
from desk.intake.group import flag_group, is_major
from desk.intake.plan import Kind, kind_of
from desk.policy.schemas import Policy
from desk.promises.service import apology_owed
from desk.queue.routing import Needs, find
from desk.tickets.models import Ticket
from desk.tickets.service import items_of, open_draft, recent_open, tickets_of
from desk.tickets.states import OPEN_STATES
from desk.work.service import plan_work

VAGUE = ("complain_unspecified", "express_emotion", "abuse_profanity", "threaten_exposure_or_regulator", None)
"""Kinds that say that somebody complains, not about what."""


async def present_case(session: AsyncSession, draft: TurnDraft) -> Ticket | None:
    """The case this conversation is about now."""
    return await session.get(Ticket, draft.case_number) if draft.case_number else None


async def open_case(
    session: AsyncSession, draft: TurnDraft, policy: Policy, *, intent: str | None, received_seq: int | None = None
) -> Ticket:
    """The draft for this complaint, made at its first sentence; one conversation has one unfinished draft at a time."""
    conversation = await get_conversation(session, draft.conversation_id, lock=True)
    ticket = await present_case(session, draft)
    if ticket is None or ticket.state != "draft" or ticket.type != "TS":
        kind = kind_of(policy, intent)
        ticket = await open_draft(
            session,
            conversation,
            kind="TS",
            effect=f"complaint:{draft.conversation_id}:{received_seq or draft.first_seq}",
            received_at=draft.received_at,
            now=draft.now,
            intent=kind.intent,
            priority=kind.priority or "P2",
        )
        await plan_draft_care(session, ticket, conversation, policy)
    await refine(session, policy, ticket, intent)
    draft.case_number = ticket.number
    await flag_compliance(session, draft, ticket, kind_of(policy, ticket.intent))
    draft.args["group"] = await flag_group(session, draft, ticket, policy)
    return ticket


async def refine(session: AsyncSession, policy: Policy, ticket: Ticket, intent: str | None) -> None:
    """A vague first word (我要投诉) is replaced by the kind that the facts show, never the other way."""
    if intent in policy.intake["kinds"] and intent not in VAGUE and ticket.intent in VAGUE:
        kind = kind_of(policy, intent)
        ticket.intent = kind.intent
        for item in await items_of(session, ticket.number):
            if item.intent in VAGUE:
                item.intent, item.cause_jrt = kind.intent, list(kind.cause_jrt)
                item.cause_six = kind.cause_six or item.cause_six
        if kind.priority and kind.priority < ticket.priority:
            ticket.priority = kind.priority


async def flag_compliance(session: AsyncSession, draft: TurnDraft, ticket: Ticket, kind: Kind) -> None:
    """Mis-selling, leaks and threats are seen by compliance as well (SD083, 3.5 row 13)."""
    threat = draft.reading.threat
    if kind.compliance or threat:
        ticket.flags = {**ticket.flags, "compliance": True, **({"threat": threat} if threat else {})}
        if threat and ticket.priority > "P1":
            ticket.priority = "P1"
        await _tell(session, draft, ticket, "threat" if threat else "compliance", "compliance")
        if threat:
            await _tell(session, draft, ticket, "threat", "supervisor")


async def _tell(session: AsyncSession, draft: TurnDraft, ticket: Ticket, kind: str, to: str) -> None:
    await raise_alert(
        session,
        key=f"compliance:{ticket.number}" if to == "compliance" else f"{kind}:{ticket.number}:{to}",
        kind=kind,
        to=to,
        now=draft.now,
        ticket=ticket.number,
        conversation_id=draft.conversation_id,
    )


async def plan_draft_care(session: AsyncSession, ticket: Ticket, conversation: Conversation, policy: Policy) -> None:
    """A draft is asked about once after 24 h and judged by a person after 72 h (3.1, draft rule)."""
    clocks = policy.service.clocks
    for kind, hours, to in (
        ("draft_follow_up", clocks.draft_follow_up_hours, "customer"),
        ("draft_judge", clocks.draft_judge_hours, "supervisor"),
    ):
        await plan_work(
            session,
            key=f"draft:{ticket.number}:{kind}",
            kind=kind,
            due_at=ticket.received_at + timedelta(hours=hours),
            to=to,
            ticket=ticket.number,
            conversation_id=conversation.id,
        )


async def situation_of(
    session: AsyncSession, draft: TurnDraft, policy: Policy, *, wants_person: bool = False, in_case: bool = True
) -> Situation:
    """Everything the decision table of 3.5 looks at, as it is now."""
    rows = list(await session.scalars(select(Change).where(Change.conversation_id == draft.conversation_id)))
    ticket = await present_case(session, draft)
    customer = await session.get(Customer, draft.customer_id)
    found = await find(session, Needs("agent", ticket=ticket), policy, draft.now)
    return Situation(
        reading=draft.reading,
        levels=draft.levels,
        soothed=draft.memory.soothed,
        second_complaint=draft.reading.second_complaint or bool(ticket and ticket.flags.get("second_complaint")),
        chases=ticket.chases if ticket else 0,
        promise_broken=ticket is not None and await apology_owed(session, ticket.number) is not None,
        misunderstood_in_row=draft.memory.misunderstood_in_row,
        misunderstood=draft.memory.misunderstood,
        public=draft.place == "public" or draft.reading.public_place,
        # Somebody is there, or – when all of them are concerned – somebody one level up.
        staffed=found.anybody or found.all_excluded,
        wants_person=wants_person,
        declined=frozenset(row.kind for row in rows if row.answer == "declined"),
        pending=frozenset(row.kind for row in rows if row.answer == "pending"),
        executed=await executed_in_case(session, draft.conversation_id, ticket.number if ticket else None),
        in_case=in_case,
        group_size=max(draft.reading.group_size or 0, int((ticket.flags.get("group") if ticket else 0) or 0)),
        major=is_major(policy, draft.reading) or bool(ticket and ticket.flags.get("major")),
        vulnerable=bool(ticket and ticket.flags.get("vulnerable")),
        # From the bank's data, never from what is claimed in chat (SD067).
        tier=customer.tier if customer else "GENERAL",
        registered=bool(ticket and ticket.state != "draft"),
    )


async def earlier_case(session: AsyncSession, draft: TurnDraft) -> Ticket | None:
    """An undecided registered case of this customer, for status questions and second complaints."""
    present = await present_case(session, draft)
    if present is not None and present.state in OPEN_STATES and present.state != "draft" and present.type == "TS":
        return present
    return await recent_open(session, draft.customer_id, draft.now)


async def last_decided(session: AsyncSession, draft: TurnDraft) -> Ticket | None:
    """The customer's newest decided case."""
    for ticket in await tickets_of(session, draft.customer_id):
        if ticket.decided_at is not None and ticket.type == "TS":
            return ticket
    return None
