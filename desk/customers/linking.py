"""A conversation becomes a person's: by a token that the bank's own sign-in has signed, and by nothing that is said in chat.

The token is a JWT (HS256 over the key that bank and desk share), so that any bank's server can make one. It names the
conversation it is for, lives for minutes and counts once. Taken from somebody else it links nothing: who hands it in must
also hold that conversation.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.service import note
from desk.clock import from_epoch
from desk.conversations.models import Conversation, Message
from desk.conversations.service import get_conversation
from desk.conversations.voice import speak
from desk.customers.models import BankCustomer, Customer, LinkUse, index_of
from desk.customers.service import as_the_bank_knows
from desk.db import insert_new, new_id
from desk.errors import Conflict, NotAllowed
from desk.policy.schemas import LinkRule
from desk.privacy.keyring import keyring
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.tickets.service import tickets_of
from desk.tickets.states import OPEN_STATES
from desk.updates.progress import progress_line

AUDIENCE = "sanbian-link"
"""So that a token the bank signs for something else with the same key is none for this."""


class SignedIn(BaseModel):
    """What the bank's sign-in says. `sub` is its customer number, `jti` makes the token a single one; times in epoch seconds."""

    model_config = ConfigDict(strict=True, extra="ignore")

    aud: str
    sub: str = Field(min_length=1, max_length=64)
    conversation: str
    jti: str = Field(min_length=16, max_length=128)
    iat: int = Field(ge=0, lt=2**40)
    exp: int = Field(ge=0, lt=2**40)


class LinkRefused(NotAllowed):
    """The token is not the bank's, is too old, or is for another conversation; which of them is nobody's business."""

    code = "link_refused"

    def __init__(self) -> None:
        super().__init__("登录凭证无效或已过期，请从本行的登录入口重新进入。")


def read_token(token: str, key: str, *, conversation_id: str, rule: LinkRule, now: datetime) -> SignedIn:
    """What the token says, when the bank signed it for this conversation and it is in time; else LinkRefused."""
    try:
        head, body, signature = token.split(".")
        expected = hmac.digest(key.encode(), f"{head}.{body}".encode(), hashlib.sha256)
        genuine = hmac.compare_digest(expected, _decoded(signature))
        # Whoever may choose the algorithm may choose none.
        if not genuine or json.loads(_decoded(head)).get("alg") != "HS256":
            raise LinkRefused
        told = SignedIn.model_validate(json.loads(_decoded(body)))
    except (ValueError, AttributeError, RecursionError, ValidationError):
        raise LinkRefused from None
    skew = timedelta(seconds=rule.skew_s)
    in_time = now < from_epoch(told.exp) and from_epoch(told.iat) <= now + skew
    short = 0 < told.exp - told.iat <= rule.longest_s
    if not in_time or not short or told.aud != AUDIENCE or told.conversation != conversation_id:
        raise LinkRefused
    return told


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise LinkRefused from None


async def link(
    session: AsyncSession, conversation_id: str, token: str, *, key: str, rule: LinkRule, now: datetime
) -> Message | None:
    """Make the conversation's customer an identity of the person who signed in; returns what the customer is told.

    What he has under way on another channel goes on here: its facts are known, its state can be asked. Raises LinkRefused;
    Conflict when the token was used before, or the conversation is another customer's (a shared device).
    """
    told = read_token(token, key, conversation_id=conversation_id, rule=rule, now=now)
    conversation = await get_conversation(session, conversation_id, lock=True)
    await _use_up(session, told, now)
    customer = await session.get_one(Customer, conversation.customer_id, with_for_update=True, populate_existing=True)
    person = await _person(session, told.sub, now)
    if customer.bank_customer not in (None, person.id):
        raise Conflict("这个对话是另一位客户的，请重新打开一个对话。", link="other_customer")
    customer.bank_customer, customer.verified = person.id, True
    as_the_bank_knows(customer, person)
    await note(session, by="system", verb="link", kind="customer", ref=customer.id, now=now)
    return await _go_on(session, conversation, told, now)


async def _use_up(session: AsyncSession, told: SignedIn, now: datetime) -> None:
    await session.execute(delete(LinkUse).where(LinkUse.expires_at < now))
    use = {"token_hash": hashlib.sha256(told.jti.encode()).hexdigest(), "expires_at": from_epoch(told.exp)}
    if not await insert_new(session, LinkUse, use):
        raise Conflict("这个登录凭证已经用过了，请从本行的登录入口重新进入。", link="used")


async def _person(session: AsyncSession, ref: str, now: datetime) -> BankCustomer:
    """Made here when the bank's list has not told of him yet; his tier then comes with the list."""
    id_ = new_id()
    seal = keyring().seal(ref, f"bank_customers.ref:{id_}")
    new: dict[str, Any] = {
        "id": id_,
        "ref_index": index_of(ref),
        "sealed_ref": seal,
        "tier": "GENERAL",
        "created_at": now,
    }
    await insert_new(session, BankCustomer, new)
    known = select(BankCustomer).where(BankCustomer.ref_index == index_of(ref))
    return (await session.scalars(known)).one()


async def _go_on(session: AsyncSession, conversation: Conversation, told: SignedIn, now: datetime) -> Message | None:
    """The person's case under way becomes the one spoken of here, unless something else is already, or a colleague speaks."""
    if conversation.case_number is not None or conversation.owner != "bot":
        return None
    case = await _under_way(session, conversation.customer_id)
    if case is None:
        return None
    conversation.case_number = case.number
    text = texts().say("procedure.linked", line=await progress_line(session, case, now))
    key = hashlib.sha256(told.jti.encode()).hexdigest()
    return await speak(session, conversation, text, now=now, external_id=f"link:{key}", phase="track")


async def _under_way(session: AsyncSession, customer_id: str) -> Ticket | None:
    """The newest one that is neither decided nor gone; an unfinished draft too, so that it can be finished here."""
    return next((row for row in await tickets_of(session, customer_id) if row.state in OPEN_STATES), None)
