"""The web chat's HTTP API."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.chat.schemas import Link, MessageTaken, NewMessage, NewSession, SessionOpened, Thread
from api.chat.view import thread
from api.core import Core
from api.limits import RateLimit
from desk.conversations.receive import look_before, take_in
from desk.conversations.service import conversation_of_token, open_web_session
from desk.customers.linking import link
from desk.errors import NotFound, SignInNeeded

POLL_LIMIT_S = 30.0


def core_of(request: Request) -> Core:
    """The running parts."""
    core: Core = request.app.state.core
    return core


CoreDep = Annotated[Core, Depends(core_of)]


def address_of(request: Request, core: Core) -> str:
    """The caller's address; a proxy is believed only when the settings name it."""
    peer = request.client.host if request.client else "unknown"
    forwarded = request.headers.get("x-forwarded-for")
    if forwarded and peer in core.settings.trusted_proxies:
        return forwarded.split(",")[-1].strip()
    return peer


def token_of(authorization: Annotated[str | None, Header()] = None) -> str:
    """The bearer token; what it is for is looked up where the conversation is looked at, in the same snapshot."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInNeeded("会话已失效，请重新打开对话。")
    return token.strip()


TokenDep = Annotated[str, Depends(token_of)]


def make_router(core: Core) -> APIRouter:
    """Routes with limits of their own, so that two apps in one process do not share them."""
    router = APIRouter(prefix="/api/chat", tags=["chat"])
    sessions = RateLimit(core.settings.session_rate_per_minute, "打开对话太频繁了，请稍等一会儿再试。")
    messages = RateLimit(core.settings.message_rate_per_minute, "消息发得太快了，请稍等几秒，内容不用重写。")

    @router.post("/sessions", status_code=201)
    async def open_session(request: Request, core: CoreDep, new: NewSession | None = None) -> SessionOpened:
        now = core.clock.now()
        sessions.check(address_of(request, core), now)
        async with core.database.transaction() as session:
            opened = await open_web_session(
                session, now=now, days=core.settings.session_days, locale=(new or NewSession()).locale
            )
        return SessionOpened(conversation_id=opened.conversation.id, token=opened.token, expires_at=opened.expires_at)

    @router.post("/messages", status_code=202)
    async def post_message(core: CoreDep, token: TokenDep, new: NewMessage) -> MessageTaken:
        async with core.database.snapshot() as session:
            conversation_id = await conversation_of_token(session, token, core.clock.now())
            messages.check(conversation_id, core.clock.now())
            before = await look_before(session, conversation_id)
        received = await take_in(
            core.database,
            core.reader,
            core.policy,
            before,
            text=new.text,
            external_id=new.client_id,
            choice=new.choice,
            now=core.clock.now(),
        )
        if received.answer_now:
            core.worker.answer(conversation_id)
        else:
            core.worker.wake()
        await core.hint(conversation_id, received.last_seq)
        return MessageTaken(seq=received.message.seq, message_id=received.message.id, duplicate=received.duplicate)

    @router.post("/link", status_code=204)
    async def link_customer(core: CoreDep, token: TokenDep, new: Link) -> None:
        key, now = core.settings.link_key, core.clock.now()
        if key is None:
            raise NotFound("本行没有开通登录关联。")
        async with core.database.snapshot() as session:
            conversation_id = await conversation_of_token(session, token, now)
        messages.check(conversation_id, now)
        async with core.database.transaction() as session:
            said = await link(
                session,
                conversation_id,
                new.token,
                key=key.get_secret_value(),
                rule=core.policy.dialogue.link,
                now=now,
            )
        if said is not None:
            core.worker.wake()
            await core.hint(conversation_id, said.seq)

    @router.get("/messages")
    async def get_messages(
        core: CoreDep,
        token: TokenDep,
        response: Response,
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
        wait: Annotated[float, Query(ge=0, le=60)] = 0,
        seen: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Thread:
        response.headers["Cache-Control"] = "no-store"
        loop = asyncio.get_running_loop()
        until = loop.time() + min(wait, POLL_LIMIT_S)
        first: Thread | None = None
        conversation_id: str | None = None
        while True:
            async with core.database.snapshot() as session:
                if conversation_id is None:
                    conversation_id = await conversation_of_token(session, token, core.clock.now())
                found = await thread(core, session, conversation_id, after)
            first, left = first or found, until - loop.time()
            # A new owner is news too, although nobody has said a word yet.
            news = found.messages or found != first or seen not in (None, found.version)
            if news or left <= 0 or core.closing:
                return found
            await core.wait_for_change(conversation_id, min(left, 2.0))

    return router
