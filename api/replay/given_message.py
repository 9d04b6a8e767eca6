"""Something that was said before the first turn: it stands in the thread and was delivered long ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message
from desk.db import new_id


async def said_before(
    session: AsyncSession,
    place: Conversation,
    text: str,
    *,
    at: datetime,
    key: str,
    phase: str,
    options: Sequence[Mapping[str, Any]] = (),
    asked: Sequence[str] = (),
) -> None:
    """Append it to the thread, with the `options` that can be tapped; there is no outbox row, so nothing is sent again."""
    place.last_seq += 1
    session.add(
        Message(
            id=new_id(),
            conversation_id=place.id,
            seq=place.last_seq,
            by="bot",
            text=text,
            kind="text",
            sender=f"bot:{place.id}",
            external_id=f"given:{key}",
            buttons=[{"title": option["title"], "choice": option["id"]} for option in options],
            place=place.place,
            at=at,
            redacted=[],
            phase=phase,
            asked=list(asked),
            answers=[],
        )
    )
    await session.flush()
