"""Every dated sentence to a customer is a row first (rule P2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clocks.calendar import hours_of
from desk.conversations.service import get_conversation, note_event
from desk.errors import Conflict, NotFound
from desk.policy.schemas import Policy
from desk.promises.models import Promise
from desk.promises.spoken import spoken_promises
from desk.staff.models import Staff
from desk.tickets.models import Ticket
from desk.work.service import forget_work, plan_work

ENDED_BY_DECISION = ("first_answer", "decision", "update", "spoken")
"""What a decision, or a withdrawal, leaves nothing to wait for."""
KEPT_BY_DEED = ("decision", "update")
"""What only a notice or a message to the customer keeps, never somebody's word for it."""
STATES = {"unsent": "未告知", "open": "待兑现", "kept": "已兑现", "broken": "已违约", "voided": "已作废"}


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


async def keep(session: AsyncSession, ticket: str, kinds: tuple[str, ...], now: datetime, *, done: bool = True) -> None:
    """Mark the open promises of these kinds on a ticket as kept, because what was promised has just been done.

    Broken ones are made good by it and stay broken; not so when nothing is `done` and only nobody waits any longer.
    """
    of_kinds = select(Promise).where(Promise.ticket == ticket, Promise.kind.in_(kinds), Promise.kept_at.is_(None))
    states = ("open", "broken") if done else ("open",)
    for promise in await session.scalars(_locked(of_kinds.where(Promise.state.in_(states)))):
        if promise.state == "broken":
            promise.kept_at, promise.kept_by = now, "system"
        else:
            await _kept(session, promise, by="system", now=now)


async def _kept(session: AsyncSession, promise: Promise, *, by: str, now: datetime) -> None:
    promise.state, promise.kept_at, promise.kept_by = "kept", now, by
    await forget_work(session, f"promise:{promise.id}")


def _locked(query: Select[Promise]) -> Select[Promise]:
    """Nobody else keeps or breaks these until this transaction ends."""
    return query.with_for_update().execution_options(populate_existing=True)


async def break_promise(session: AsyncSession, promise_id: int, now: datetime) -> Promise | None:
    """Due and not kept: broken, and somebody has to answer for it. None when there is nothing (left) to break.

    Due work rings at the due time, but the promise's own date decides: an alarm that rings early breaks nothing.
    """
    promise = await session.scalar(_locked(select(Promise).where(Promise.id == promise_id)))
    if promise is None or promise.state != "open" or promise.due_at > now:
        return None
    promise.state, promise.broken_at = "broken", now
    ticket = await session.get(Ticket, promise.ticket) if promise.ticket else None
    if ticket is not None:
        # 3-dialogue.md 3.5 row 7: what we did not keep makes the case more urgent, whoever notices first.
        ticket.priority = min(ticket.priority, "P1")
    await raise_alert(
        session,
        key=f"promise:{promise.id}",
        kind="promise_broken",
        to="supervisor",
        now=now,
        ticket=promise.ticket,
        conversation_id=promise.conversation_id,
    )
    return promise


async def keep_by_hand(session: AsyncSession, promise_id: int, agent: Staff, *, note: str, now: datetime) -> Promise:
    """A colleague says that a promise has been kept, with who and when on record; the time is always now.

    A broken one is made good and stays broken. Raises NotFound, or Conflict when nobody heard it, when it has been marked
    before, or when only the deed itself can keep it.
    """
    place = await session.scalar(select(Promise.conversation_id).where(Promise.id == promise_id))
    if place is None:
        raise NotFound("没有这条承诺。")
    conversation = await get_conversation(session, place, lock=True)
    promise = (await session.scalars(_locked(select(Promise).where(Promise.id == promise_id)))).one()
    if promise.kind in KEPT_BY_DEED:
        raise Conflict("这条承诺要靠作出处理决定或告知进展来兑现，不能手工标记。", kind=promise.kind)
    if promise.state not in ("open", "broken"):
        raise Conflict(f"这条承诺现在是“{STATES[promise.state]}”，不能再标记为兑现。", state=promise.state)
    if promise.kept_at is not None:
        raise Conflict(f"这条承诺已由工号{promise.kept_by}补做，不用再标记。", kept_by=promise.kept_by)
    if promise.state == "open":
        await _kept(session, promise, by=agent.work_no, now=now)
    else:
        promise.kept_at, promise.kept_by = now, agent.work_no
    told = {"promise": promise.id, "content": promise.content, "state": promise.state, "note": note}
    await note_event(session, conversation, "promise_kept", agent.work_no, now, **told)
    return promise


async def next_by_hand(session: AsyncSession, *, conversation_id: str | None = None, ticket: str | None = None) -> int:
    """The promise a colleague most likely means: the one due first among those that can still be marked."""
    query = select(Promise.id).where(Promise.state.in_(("open", "broken")), Promise.kept_at.is_(None))
    query = query.where(Promise.kind.not_in(KEPT_BY_DEED)).order_by(Promise.due_at, Promise.id).limit(1)
    if ticket is not None:
        query = query.where(Promise.ticket == ticket)
    if conversation_id is not None:
        query = query.where(Promise.conversation_id == conversation_id)
    found = await session.scalar(query)
    if found is None:
        raise Conflict("这里没有可以标记为兑现的承诺。")
    return found


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


async def of_ticket(session: AsyncSession, number: str) -> list[Promise]:
    """All promises about a ticket, in the order in which they fall due."""
    rows = select(Promise).where(Promise.ticket == number).order_by(Promise.due_at, Promise.id)
    return list(await session.scalars(rows))


async def of_conversation(session: AsyncSession, conversation_id: str) -> list[Promise]:
    """All promises made in a conversation, oldest first."""
    rows = await session.scalars(select(Promise).where(Promise.conversation_id == conversation_id).order_by(Promise.id))
    return list(rows)


async def apology_owed(session: AsyncSession, ticket: str) -> Promise | None:
    """The oldest broken promise of a case that nobody has apologised for."""
    query = select(Promise).where(Promise.ticket == ticket, Promise.state == "broken", Promise.apologised_at.is_(None))
    promise: Promise | None = await session.scalar(query.order_by(Promise.due_at, Promise.id).limit(1))
    return promise


async def note_apology(session: AsyncSession, promise_id: int, now: datetime) -> None:
    """The customer has heard it. Written with the reply: a turn that is dropped has apologised for nothing."""
    unsaid = (Promise.id == promise_id) & Promise.apologised_at.is_(None)
    await session.execute(update(Promise).where(unsaid).values(apologised_at=now))


async def promise_missed(session: AsyncSession, ticket: str, now: datetime) -> bool:
    """Whether something promised about this ticket was due before `now` and has not been done to this day.

    A call that a colleague owns up to have missed is broken before its time is over.
    """
    overdue = (Promise.state == "open") & (Promise.due_at < now)
    missed = ((Promise.state == "broken") | overdue) & Promise.kept_at.is_(None)
    row = await session.scalar(select(Promise.id).where(Promise.ticket == ticket, missed).limit(1))
    return row is not None
