"""Socket.IO: hints to fetch, and that a customer is typing; nothing else. Whoever misses one learns the same from the next fetch."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import socketio
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from api.core import Core
from desk.conversations.models import Conversation
from desk.conversations.receive import still_typing
from desk.conversations.service import conversation_of_token
from desk.errors import SignInNeeded
from desk.staff.service import staff_of_session

DESK_COOKIE = "sanbian_session"


def make_sockets(core: Core) -> socketio.AsyncServer:
    """A server with the namespaces `/chat` (customers) and `/desk` (colleagues); Redis carries hints when set."""
    manager = socketio.AsyncRedisManager(core.settings.redis_url) if core.settings.redis_url else None
    server = socketio.AsyncServer(
        async_mode="asgi",
        transports=["websocket"],
        client_manager=manager,
        cors_allowed_origins="*" if "*" in core.settings.widget_origins else list(core.settings.widget_origins),
    )

    @server.on("connect", namespace="/chat")
    async def chat_connects(sid: str, _environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
        try:
            async with core.database.snapshot() as session:
                conversation = await conversation_of_token(
                    session, str((auth or {}).get("token") or ""), core.clock.now()
                )
        except SignInNeeded as refused:
            raise socketio.exceptions.ConnectionRefusedError(refused.code) from refused
        await server.save_session(sid, {"conversation": conversation}, namespace="/chat")
        await server.enter_room(sid, conversation, namespace="/chat")

    @server.on("typing", namespace="/chat")
    async def chat_types(sid: str, *_: object) -> None:
        known = await server.get_session(sid, namespace="/chat")
        # A hint like the others: whoever cannot take it now loses nothing but a little patience.
        with suppress(SQLAlchemyError):
            await still_typing(core.database, core.policy, known["conversation"], core.clock.now())

    @server.on("connect", namespace="/desk")
    async def desk_connects(_sid: str, environ: dict[str, Any], _auth: object) -> None:
        try:
            async with core.database.snapshot() as session:
                await staff_of_session(session, _cookie(environ, DESK_COOKIE), core.clock.now())
        except SignInNeeded as refused:
            raise socketio.exceptions.ConnectionRefusedError(refused.code) from refused

    async def hint(conversation_id: str, last_seq: int | None) -> None:
        if manager is None and not any(server.manager.get_participants("/chat", conversation_id)):
            last_seq = 0  # nobody here to be told, and no other process to pass it on
        if last_seq is None:
            async with core.database.snapshot() as session:
                last_seq = await session.scalar(select(Conversation.last_seq).where(Conversation.id == conversation_id))
        await server.emit("changed", {"last_seq": last_seq or 0}, room=conversation_id, namespace="/chat")
        await server.emit("changed", {"conversation": conversation_id}, namespace="/desk")

    core.hints.append(hint)
    return server


def _cookie(environ: dict[str, Any], name: str) -> str | None:
    for part in str(environ.get("HTTP_COOKIE", "")).split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None
