"""How we sound to one customer: replies in the script he writes, kept for the whole case (3-dialogue.md 3.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message
from desk.conversations.service import add_message
from desk.customers.models import Customer
from desk.reading.script import to_script


class Voice:
    """Turns our Simplified sentences into what the customer reads."""

    def __init__(self, traditional: bool, locale: str) -> None:
        self._traditional, self._locale = traditional, locale

    def __call__(self, text: str) -> str:
        """`text` in the customer's script."""
        return to_script(text, "hant", self._locale) if self._traditional else text


async def voice_of(session: AsyncSession, conversation: Conversation) -> Voice:
    """The voice for this conversation's customer."""
    if conversation.script == "hans":
        # Our sentences are written that way, whatever his locale.
        return Voice(traditional=False, locale="zh-CN")
    customer = await session.get(Customer, conversation.customer_id)
    locale = customer.locale if customer is not None else "zh-CN"
    if conversation.script is None:
        # He has not written here yet, or nothing that shows it: what his device says is all there is to go by.
        return Voice(traditional=locale != "zh-CN", locale=locale)
    return Voice(traditional=True, locale="zh-TW" if locale == "zh-CN" else locale)


async def speak(
    session: AsyncSession, conversation: Conversation, text: str, *, now: datetime, by: str = "bot", **fields: Any
) -> Message:
    """Say something to the customer without the bot's help, in his script."""
    voice = await voice_of(session, conversation)
    fields["buttons"] = [{**button, "title": voice(button["title"])} for button in fields.get("buttons", [])]
    return await add_message(session, conversation, by=by, text=voice(text), now=now, **fields)
