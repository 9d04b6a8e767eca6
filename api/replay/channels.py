"""The customer's side of a replay: the web chat over real HTTP, and places that have no HTTP of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.core import Core
from api.replay.cases.case import Case
from desk.changes.models import Change
from desk.conversations.models import Message
from desk.conversations.receive import receive
from desk.conversations.service import customer_for, get_conversation, start_conversation
from desk.db import new_id
from desk.errors import DeskError

REFUSED_FROM, REFUSED_TO = 400, 500


@dataclass(frozen=True)
class Refused:
    """The channel or the desk said no: a status and a sentence, as the caller sees them."""

    status: int
    error: str
    detail: str

    def as_json(self) -> dict[str, object]:
        """For the results."""
        return {"status": self.status, "error": self.error, "detail": self.detail}


class ChannelProblem(RuntimeError):
    """The case asks for something that cannot be done on this channel at this moment."""


class Channel(Protocol):
    """Where the customer writes."""

    conversation_id: str

    async def write(self, text: str, *, kind: str, private: bool) -> int | Refused:
        """Send a message; its seq, or why it was not taken."""
        ...

    async def tap(self, n: int) -> tuple[str, int | Refused]:
        """Tap the n-th button offered last; its title and the message's seq."""
        ...


async def open_channel(core: Core, case: Case, client: httpx.AsyncClient) -> Channel:
    """The case's channel, with a fresh conversation. Raises nothing a customer would not see."""
    if case.context.channel == "web":
        answer = await client.post("/api/chat/sessions", json={"locale": case.locale})
        answer.raise_for_status()
        opened = answer.json()
        return WebChat(core, client, opened["conversation_id"], opened["token"])
    public = case.context.channel == "wechat_group_public"
    async with core.database.transaction() as session:
        now = core.clock.now()
        who = case.context.customer.ref or new_id()
        customer = await customer_for(session, channel="wechat", external_id=who, now=now, locale=case.locale)
        conversation = await start_conversation(
            session, customer, channel="wechat", now=now, place="public" if public else "private"
        )
    return Direct(core, conversation.id, public)


@dataclass
class WebChat:
    """The widget's way: a bearer token, POST for every message, GET for what there is to tap."""

    core: Core
    client: httpx.AsyncClient
    conversation_id: str
    token: str

    async def write(self, text: str, *, kind: str, private: bool) -> int | Refused:
        """As the widget does; pictures and voice, which it cannot send yet, enter behind it."""
        if kind != "text":
            return await take_in(self.core, self.conversation_id, text="", kind=kind)
        return await self._post({"text": text})

    async def tap(self, n: int) -> tuple[str, int | Refused]:
        """The buttons are those of the thread as the widget fetches it."""
        button = nth([message["buttons"] for message in await self._thread()], n)
        title = str(button["title"])
        return title, await self._post({"text": title, "choice": button["choice"]})

    async def _post(self, body: dict[str, Any]) -> int | Refused:
        answer = await self.client.post(
            "/api/chat/messages", json={"client_id": f"replay-{new_id()}", **body}, headers=self._headers
        )
        if REFUSED_FROM <= answer.status_code < REFUSED_TO:
            return refusal(answer)
        answer.raise_for_status()
        return int(answer.json()["seq"])

    async def _thread(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while True:
            after = messages[-1]["seq"] if messages else 0
            answer = await self.client.get("/api/chat/messages", params={"after": after}, headers=self._headers)
            answer.raise_for_status()
            page = answer.json()["messages"]
            if not page:
                return messages
            messages += page

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Direct:
    """WeChat as long as it has no channel of its own here: straight to where every channel's messages go."""

    core: Core
    conversation_id: str
    public: bool

    async def write(self, text: str, *, kind: str, private: bool) -> int | Refused:
        """In a group the message is written in public unless it goes to the private place."""
        if self.public:
            await self._go_to("private" if private else "public")
        return await take_in(self.core, self.conversation_id, text=text if kind == "text" else "", kind=kind)

    async def tap(self, n: int) -> tuple[str, int | Refused]:
        """WeChat shows the options as a numbered list; a tap there is the same choice."""
        async with self.core.database.snapshot() as session:
            rows = await session.scalars(
                select(Message.buttons).where(Message.conversation_id == self.conversation_id).order_by(Message.seq)
            )
            button = nth(list(rows), n)
        title = str(button["title"])
        taken = await take_in(self.core, self.conversation_id, text=title, kind="text", choice=str(button["choice"]))
        return title, taken

    async def _go_to(self, place: str) -> None:
        async with self.core.database.transaction() as session:
            conversation = await get_conversation(session, self.conversation_id, lock=True)
            if place == "private" and conversation.place != "private" and not await self._was_offered(session):
                raise ChannelProblem("no private place has been offered")
            conversation.place = place

    async def _was_offered(self, session: AsyncSession) -> bool:
        offers = await session.scalar(
            select(Change.id)
            .where(Change.conversation_id == self.conversation_id, Change.kind == "change_place")
            .where(Change.answer != "declined")
            .limit(1)
        )
        return offers is not None


async def take_in(
    core: Core, conversation_id: str, *, text: str, kind: str, choice: str | None = None
) -> int | Refused:
    """Hand a message to the desk as a channel does after verifying and parsing it."""
    try:
        received = await receive(
            core.database,
            core.reader,
            core.policy,
            conversation_id=conversation_id,
            text=text,
            external_id=new_id(),
            choice=choice,
            kind=kind,
            now=core.clock.now(),
        )
    except DeskError as error:
        return Refused(error.status, error.code, error.detail)
    core.worker.wake()
    return received.message.seq


def nth(offers: list[list[dict[str, Any]]], n: int) -> dict[str, Any]:
    """The n-th of the buttons that were offered last; raises ChannelProblem when there is no such button."""
    last: list[dict[str, Any]] = next((buttons for buttons in reversed(offers) if buttons), [])
    if n > len(last):
        raise ChannelProblem(f"there is no button {n}, {len(last)} were offered last")
    return last[n - 1]


def refusal(answer: httpx.Response) -> Refused:
    """The api's own error body."""
    body = answer.json()
    return Refused(answer.status_code, str(body.get("error", "")), str(body.get("detail", "")))
