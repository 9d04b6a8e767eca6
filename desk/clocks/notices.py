"""Telling the customer about the clock, in his conversation and his script."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.errors import NoNotice
from desk.conversations.service import get_conversation
from desk.conversations.voice import speak
from desk.texts.service import texts
from desk.tickets.models import Ticket


async def tell(
    session: AsyncSession, ticket: Ticket, key: str, *, now: datetime, effect: str | None = None, **values: str
) -> str:
    """Say `procedure.clock.<key>` and return the message's id, which is the proof of notice. Raises NoNotice."""
    if ticket.conversation_id is None:
        raise NoNotice(f"工单{ticket.number}没有可以通知客户的会话。")
    conversation = await get_conversation(session, ticket.conversation_id, lock=True)
    message = await speak(
        session,
        conversation,
        texts().say(f"procedure.clock.{key}", number=ticket.number, **values),
        # While a colleague speaks the bot is silent; the notice then comes from the house itself.
        by="system" if conversation.owner == "agent" else "bot",
        now=now,
        external_id=f"clock:{effect or f'{ticket.number}:{key}:{ticket.version}'}",
        phase="track",
    )
    return message.id
