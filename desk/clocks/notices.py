"""Telling the customer about the clock: a notice like any other, with its proof."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.errors import NoNotice
from desk.notices import service as notices
from desk.texts.service import texts
from desk.tickets.models import Ticket


async def tell(
    session: AsyncSession,
    ticket: Ticket,
    key: str,
    *,
    by: str,
    now: datetime,
    effect: str | None = None,
    **values: str,
) -> str:
    """Say `procedure.clock.<key>` and return the message's id, which is the proof of notice. Raises NoNotice."""
    message = await notices.tell(
        session,
        ticket,
        texts().say(f"procedure.clock.{key}", number=ticket.number, **values),
        kind=key.split(".")[0].removesuffix("_approved"),
        by=by,
        now=now,
        effect=f"clock:{effect or f'{ticket.number}:{key}:{ticket.version}'}",
    )
    if message is None:
        raise NoNotice(f"工单{ticket.number}没有可以通知客户的会话。")
    return message.id
