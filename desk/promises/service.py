"""Every dated sentence to a customer is a row first (rule P2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.calendar import hours_of
from desk.policy.schemas import Policy
from desk.promises.models import Promise
from desk.promises.spoken import spoken_promises
from desk.work.service import forget_work, plan_work

ENDED_BY_DECISION = ("first_answer", "decision", "update", "spoken")
"""What a decision, or a withdrawal, leaves nothing to wait for."""


async def make_promise(
    session: AsyncSession,
    *,
    conversation_id: str,
    ticket: str | None,
    effect: str,
    kind: str,
    content: str,
    due_at: datetime,
    turn_id: str | None = None,
) -> Promise:
    """Write down what is about to be said. `unsent` while `turn_id` runs, `open` at once when no turn has to succeed.

    A second promise of the same effect in a conversation is the same row, so a turn tried again promises once.
    """
    known = await session.scalar(
        select(Promise).where(Promise.conversation_id == conversation_id, Promise.effect == effect)
    )
    if known is None:
        known = Promise(conversation_id=conversation_id, effect=effect, ticket=ticket, kind=kind)
        session.add(known)
    elif known.state in ("open", "kept", "broken"):
        return known
    known.content, known.due_at, known.turn_id = content, due_at, turn_id
    known.state = "unsent" if turn_id else "open"
    await session.flush()
    if not turn_id:
        await watch(session, known)
    return known


def _unsent(conversation_id: str, turn_id: str) -> tuple[ColumnElement[bool], ...]:
    # By conversation first, which has an index: this is asked in every turn, however many promises there have been.
    return Promise.conversation_id == conversation_id, Promise.turn_id == turn_id, Promise.state == "unsent"


async def open_spoken(session: AsyncSession, conversation_id: str, turn_id: str) -> None:
    """The turn's sentences reached the record: its promises bind us now."""
    for promise in await session.scalars(select(Promise).where(*_unsent(conversation_id, turn_id))):
        promise.state = "open"
        await watch(session, promise)


async def void_unsaid(session: AsyncSession, conversation_id: str, turn_id: str) -> None:
    """The turn was dropped: nobody heard these promises."""
    await session.execute(update(Promise).where(*_unsent(conversation_id, turn_id)).values(state="voided"))


async def watch(session: AsyncSession, promise: Promise) -> None:
    """Let the alarm ring when the promise is due and still open."""
    await plan_work(
        session,
        key=f"promise:{promise.id}",
        kind="promise",
        due_at=promise.due_at,
        to="supervisor",
        ticket=promise.ticket,
        conversation_id=promise.conversation_id,
        data={"promise": promise.id},
    )


async def keep(session: AsyncSession, ticket: str, kinds: tuple[str, ...], now: datetime) -> None:
    """Mark the open promises of these kinds on a ticket as kept."""
    open_ones = await session.scalars(
        select(Promise).where(Promise.ticket == ticket, Promise.kind.in_(kinds), Promise.state == "open")
    )
    for promise in open_ones:
        promise.state, promise.kept_at = "kept", now
        await forget_work(session, f"promise:{promise.id}")


async def void(session: AsyncSession, ticket: str, kinds: tuple[str, ...]) -> None:
    """The customer has been told that these no longer hold: nothing to keep, and nothing to break."""
    for promise in await session.scalars(
        select(Promise).where(Promise.ticket == ticket, Promise.kind.in_(kinds), Promise.state == "open")
    ):
        promise.state = "voided"
        await forget_work(session, f"promise:{promise.id}")
    await session.flush()


async def note_spoken(
    session: AsyncSession,
    *,
    conversation_id: str,
    ticket: str | None,
    message_id: str,
    text: str,
    policy: Policy,
    now: datetime,
) -> None:
    """Watch over what a colleague has just promised a customer in words."""
    for n, spoken in enumerate(spoken_promises(text, now, await hours_of(session, policy))):
        await make_promise(
            session,
            conversation_id=conversation_id,
            ticket=ticket,
            effect=f"spoken:{message_id}:{n}",
            kind="spoken",
            content=spoken.content,
            due_at=spoken.due_at,
        )


async def of_conversation(session: AsyncSession, conversation_id: str) -> list[Promise]:
    """All promises made in a conversation, oldest first."""
    rows = await session.scalars(select(Promise).where(Promise.conversation_id == conversation_id).order_by(Promise.id))
    return list(rows)


async def promise_missed(session: AsyncSession, ticket: str, now: datetime) -> bool:
    """Whether something promised about this ticket was due before `now` and has not been done."""
    row = await session.scalar(
        select(Promise.id).where(Promise.ticket == ticket, Promise.state.in_(("open", "broken")), Promise.due_at < now)
    )
    return row is not None
