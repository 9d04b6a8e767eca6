"""A ticket with everything that the database wants to see before it is closed."""

from desk.closing.models import Closing, Feedback, Recheck
from desk.conversations.service import customer_for, start_conversation
from desk.notices.models import Notice
from desk.tickets.service import open_draft


async def a_draft(session, clock, effect="e"):
    customer = await customer_for(session, channel="web", external_id="a", now=clock.now())
    conversation = await start_conversation(session, customer, channel="web", now=clock.now())
    return await open_draft(
        session, conversation, kind="TS", effect=effect, received_at=clock.now(), now=clock.now(), intent=None
    )


def a_recheck(number, now, *, by="0102", handler="0101"):
    return Recheck(ticket=number, handler=handler, by=by, at=now, result="passed", note="看过录音")


async def proof(session, number, now, *, owner="0101"):
    """Rows for the closing of `number`, flushed; the closing itself is only made."""
    told = {"created_at": now, "sent_at": now, "result": "sent", "attempts": 1}
    notice = Notice(ticket=number, kind="decision", channel="web", parts={}, content_hash="0", by=owner, **told)
    recheck = a_recheck(number, now)
    feedback = Feedback(ticket=number, none_because="无需反馈", by=owner, at=now)
    session.add_all([notice, recheck, feedback])
    await session.flush()
    return Closing(
        ticket=number,
        owner=owner,
        notice_id=notice.id,
        recheck_id=recheck.id,
        feedback_id=feedback.id,
        follow_up="answered",
        by=owner,
        at=now,
    )
