"""Opening a masked value: for a case, with a reason, on record (3-dialogue.md 3.10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.service import note
from desk.consents.service import consented
from desk.conversations.models import Conversation, SealedValue
from desk.errors import NotAllowed, NotFound
from desk.privacy.keyring import keyring
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN_STATES


async def reveal(
    session: AsyncSession, conversation: Conversation, token: str, *, by: str, reason: str, now: datetime
) -> str:
    """The value that `token` stands for in this conversation.

    Raises NotFound for an unknown token, NotAllowed when neither an open case nor the customer's consent asks for it.
    """
    row = await session.scalar(
        select(SealedValue)
        .where(SealedValue.conversation_id == conversation.id, SealedValue.token == token)
        .order_by(SealedValue.message_id.desc())
        .limit(1)
    )
    if row is None:
        raise NotFound("这段对话里没有这个号码，或者它已按保存期限删除。")
    needed = await session.scalar(
        select(Ticket.number).where(Ticket.conversation_id == conversation.id, Ticket.state.in_(OPEN_STATES)).limit(1)
    )
    if needed is None and not await consented(session, conversation.id, "handling"):
        raise NotAllowed("没有正在处理的工单，客户也没有同意，不能查看完整号码。")
    await note(session, by=by, verb="reveal", kind="conversation", ref=conversation.id, now=now, reason=reason)
    return keyring().open_(row.sealed, f"sealed_values:{row.message_id}:{row.token}")
