"""Receiving a message: redact, store, read, and – when danger speaks – act, all in one transaction (architecture.md 2–6)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.changes.deeds import answer_tap
from desk.changes.service import first_exchange, note_mood_after
from desk.conversations.closing import go_on
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation, Message, SealedValue
from desk.conversations.service import add_message, find_repeat, get_conversation, hash_token
from desk.customers.models import Customer
from desk.db import Database
from desk.errors import Invalid
from desk.policy.schemas import Policy
from desk.privacy.keyring import keyring
from desk.privacy.redact import Redacted, redact
from desk.reading.schemas import MoodHistory, Reading
from desk.reading.service import Reader
from desk.urgent.service import handle_urgent

CODE_TALK = re.compile(r"验证码|驗證碼|动态码|動態碼|口令|校验码|\bcode\b|otp", re.IGNORECASE)
HISTORY = 6
"""Moods and messages that the reading of the next one takes into account."""
PLACEHOLDERS = {"image": "[图片]", "voice": "[语音]"}
"""What stands in the record for what cannot be read yet."""


@dataclass(frozen=True)
class Received:
    """A stored message, and whether it had been stored before."""

    message: Message
    duplicate: bool
    last_seq: int | None = None
    """The newest of the conversation, when this message changed it: danger is answered in the same transaction."""
    answer_now: bool = False
    """Whether the bot owes an answer at this very moment."""


@dataclass(frozen=True)
class Before:
    """What taking a message in needs to know of the conversation as it stood."""

    conversation_id: str
    sender: str
    code_expected: bool
    history: MoodHistory
    asked: tuple[str, ...]
    told: str
    """The customer's own last words."""


async def receive(
    database: Database,
    reader: Reader,
    policy: Policy,
    *,
    conversation_id: str,
    text: str,
    external_id: str,
    now: datetime,
    choice: str | None = None,
    kind: str = "text",
) -> Received:
    """Look what came before, then `take_in`."""
    async with database.snapshot() as session:
        before = await look_before(session, conversation_id)
    return await take_in(
        database, reader, policy, before, text=text, external_id=external_id, now=now, choice=choice, kind=kind
    )


async def look_before(session: AsyncSession, conversation_id: str) -> Before:
    """What `take_in` needs; raises NotFound. For callers who look at something else in the same snapshot."""
    conversation = await get_conversation(session, conversation_id)
    sender = await sender_of(session, conversation)
    # One question for both: the last words of anybody (a code?), and the customer's own (what danger is told against).
    rows = await session.execute(
        select(Message.by, Message.text)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.seq.desc())
        .limit(2 * HISTORY)
    )
    last = [(by, text) for by, text in rows]
    memory = Memory.model_validate(conversation.memory)
    question = conversation.open_question or {}
    return Before(
        conversation_id=conversation_id,
        sender=sender,
        code_expected=any(CODE_TALK.search(text) for _, text in last[:2]) and question.get("kind") != "survey",
        history=MoodHistory(levels=tuple(conversation.mood_levels[-HISTORY:]), score=conversation.mood_score),
        asked=tuple(memory.asked),
        told="\n".join([text for by, text in last if by == "customer"][:HISTORY]),
    )


async def take_in(
    database: Database,
    reader: Reader,
    policy: Policy,
    before: Before,
    *,
    text: str,
    external_id: str,
    now: datetime,
    choice: str | None = None,
    kind: str = "text",
) -> Received:
    """Take a customer's message in. When this returns it is stored; a repeat returns the first one's row.

    Raises Invalid for an empty or over-long text; nothing of it is kept then.
    """
    external_id, choice = harmless(external_id), harmless(choice) if choice else None
    clean = check_text(text, policy) if kind == "text" else PLACEHOLDERS[kind]
    # Off the event loop: a long message must not hold up everybody else's.
    safe, reading = await asyncio.to_thread(_read, reader, clean, before, now)
    async with database.transaction() as session:
        conversation = await get_conversation(session, before.conversation_id, lock=True)
        known = await find_repeat(session, before.sender, external_id)
        if known is not None:
            return Received(known, duplicate=True)
        begins = conversation.last_customer_at is None or conversation.closed_at is not None
        # Before the message is added, whose flush then writes the conversation once.
        await _note_mood(session, conversation, reading)
        tapped = choice is not None
        schedule_answer(conversation, conversation.last_seq + 1, safe.text, reading, policy, now, tapped=tapped)
        message = await add_message(
            session,
            conversation,
            by="customer",
            text=safe.text,
            now=now,
            sender=before.sender,
            external_id=external_id,
            choice=choice,
            kind=kind,
            redacted=list(safe.kinds),
            reading=reading.model_dump(mode="json"),
        )
        if begins:
            await go_on(session, conversation, policy, now)
        _seal(session, conversation, message, safe)
        await _arrived(session, conversation, now)
        if conversation.owner == "agent" and choice is not None:
            await answer_tap(session, conversation, choice, policy, now)
        if reading.risk is not None:
            await handle_urgent(session, conversation, message, reading, policy, now)
        answer_now = conversation.answer_at is not None and conversation.answer_at <= now
        return Received(message, duplicate=False, last_seq=conversation.last_seq, answer_now=answer_now)


def harmless(identifier: str) -> str:
    """An id as it may be kept: one that holds a secret is replaced by its digest, which still tells repeats."""
    if not redact(identifier, code_expected=False).kinds:
        return identifier
    return hash_token(identifier)[:32]


def check_text(text: str, policy: Policy) -> str:
    """The text without control characters; raises Invalid when nothing or too much is left."""
    clean = "".join(char for char in text if char in "\n\t" or (char.isprintable() or char in "\u200d\ufe0f")).strip()
    if not clean:
        raise Invalid("没有看到文字，您再说一次就行。")
    most = policy.dialogue.message.most_characters
    if len(clean) > most:
        raise Invalid(f"一条消息最多{most}个字，请分几条发，我会连起来看。")
    return clean


async def sender_of(session: AsyncSession, conversation: Conversation) -> str:
    """The channel identity behind a conversation, by which repeats are told."""
    customer = await session.get(Customer, conversation.customer_id)
    return f"{conversation.channel}:{customer.external_id if customer else conversation.customer_id}"


async def told_before(session: AsyncSession, conversation_id: str, *, seq: int) -> str:
    """The customer's last words in this conversation before message `seq`; at most `HISTORY` messages."""
    rows = (
        select(Message.text)
        .where(Message.conversation_id == conversation_id, Message.by == "customer", Message.seq < seq)
        .order_by(Message.seq.desc())
        .limit(HISTORY)
    )
    return "\n".join(await session.scalars(rows))


def _read(reader: Reader, text: str, before: Before, now: datetime) -> tuple[Redacted, Reading]:
    safe = redact(text, code_expected=before.code_expected)
    return safe, reader.read(safe.text, now=now, history=before.history, asked=before.asked, told=before.told)


def _seal(session: AsyncSession, conversation: Conversation, message: Message, safe: Redacted) -> None:
    for sealed in safe.sealed:
        session.add(
            SealedValue(
                conversation_id=conversation.id,
                message_id=message.id,
                token=sealed.token,
                kind=sealed.kind,
                sealed=keyring().seal(sealed.value, f"sealed_values:{message.id}:{sealed.token}"),
                blind_index=keyring().blind_index(sealed.value, sealed.kind),
            )
        )


async def _note_mood(session: AsyncSession, conversation: Conversation, reading: Reading) -> None:
    await note_mood_after(session, conversation.id, reading.mood.level)
    conversation.mood_levels = [*conversation.mood_levels[-19:], reading.mood.level]
    conversation.mood_score = reading.mood.score
    if conversation.script is None or reading.script == "hant":
        # Kept for the whole case: a short answer like 对 says nothing about how somebody writes.
        conversation.script = reading.script


async def _arrived(session: AsyncSession, conversation: Conversation, now: datetime) -> None:
    if conversation.place == "private":
        await first_exchange(session, conversation.id, now)


def schedule_answer(
    conversation: Conversation, seq: int, text: str, reading: Reading, policy: Policy, now: datetime, *, tapped: bool
) -> None:
    """When the bot should answer message `seq`: now for a finished sentence, a tap or danger; a little later for a fragment."""
    if conversation.owner == "agent":
        conversation.answered_seq = seq
        conversation.answer_at = conversation.burst_since = None
        return
    join = policy.dialogue.join
    first = conversation.burst_since or now
    wait = 0.0
    begins = conversation.stage == "open" and conversation.open_question is None and only_when_or_where(reading)
    if not tapped and reading.risk is None and (begins or is_fragment(text, policy)):
        wait = join.fragment_s
    latest = first + timedelta(seconds=join.most_s)
    conversation.answer_at = min(now + timedelta(seconds=wait), max(latest, now))
    conversation.burst_since = first


async def still_typing(database: Database, policy: Policy, conversation_id: str, now: datetime) -> None:
    """More is coming: an unfinished message is waited for a little longer, within the joining limit."""
    async with database.snapshot() as session:
        # Most who type have nothing unanswered; they cost no write.
        if _answer_later(await get_conversation(session, conversation_id), policy, now) is None:
            return
    async with database.transaction() as session:
        conversation = await get_conversation(session, conversation_id, lock=True)
        conversation.answer_at = _answer_later(conversation, policy, now) or conversation.answer_at


def _answer_later(conversation: Conversation, policy: Policy, now: datetime) -> datetime | None:
    first, answer_at, join = conversation.burst_since, conversation.answer_at, policy.dialogue.join
    if first is None or answer_at is None or answer_at <= now:
        return None
    later = max(answer_at, now + timedelta(seconds=join.typing_s))
    return min(later, first + timedelta(seconds=join.most_s))


def only_when_or_where(reading: Reading) -> bool:
    """昨天下午 / 在高新支行, before anything was asked: the matter itself is still to come."""
    told = [*reading.facts.when, *reading.facts.where]
    asks = re.search("[?吗呢几哪]|多少|怎么|什么|地址|电话|营业|上班|开门", reading.normalised)
    left = len(reading.normalised) - sum(len(part.text) for part in told)
    return bool(told) and reading.facts.what is None and not reading.acts and asks is None and left <= 2


def is_fragment(text: str, policy: Policy) -> bool:
    """在 / 想问 / 就是那个, or a clause that ends in the air: more is coming."""
    plain = text.strip()
    return bool(re.search(policy.dialogue.fragment, plain) or re.search(policy.dialogue.unfinished, plain))
