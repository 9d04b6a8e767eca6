"""The api over a real database with a scripted bot, and the people who use it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import psycopg.sql
from api_bot import ScriptedBot, acts
from fastapi import FastAPI
from sqlalchemy import URL, make_url, select

from api.core import Core
from desk.clock import ManualClock
from desk.conversations.models import Message
from desk.staff.models import Staff
from desk.staff.service import add_staff, hash_password

PASSWORD = "correct horse battery staple"
NUMBER = re.compile(r"(?:TS|ZX|JY|BY|HC)\d{8}-\d{4}")
CODE = re.compile(r"查询码([0-9A-Z]{8})")
_hashed: list[str] = []


def hashed_password() -> str:
    """Slow on purpose, so once for all tests."""
    if not _hashed:
        _hashed.append(hash_password(PASSWORD))
    return _hashed[0]


@dataclass
class Customer:
    """A browser with the widget."""

    client: httpx.AsyncClient
    id: str
    token: str
    _ids: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, text: str, client_id: str | None = None, choice: str | None = None) -> httpx.Response:
        body = {"client_id": client_id or f"c{next(self._ids)}", "text": text}
        if choice is not None:
            body["choice"] = choice
        return await self.client.post("/api/chat/messages", json=body, headers=self.headers)

    async def say(self, text: str, client_id: str | None = None, choice: str | None = None) -> dict[str, Any]:
        response = await self.post(text, client_id, choice)
        assert response.status_code == 202, response.text
        taken: dict[str, Any] = response.json()
        return taken

    async def fetch(self, after: int = 0, wait: float = 0) -> dict[str, Any]:
        response = await self.client.get(
            "/api/chat/messages", params={"after": after, "wait": wait}, headers=self.headers
        )
        assert response.status_code == 200, response.text
        thread: dict[str, Any] = response.json()
        return thread

    async def heard(self, after: int = 0) -> list[str]:
        """Everything said to the customer after a seq."""
        return [m["text"] for m in (await self.fetch(after))["messages"] if m["by"] != "customer"]


@dataclass
class Agent:
    """A colleague's browser, signed in."""

    client: httpx.AsyncClient
    work_no: str

    @property
    def csrf(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.client.cookies["sanbian_csrf"]}

    async def get(self, path: str, **params: Any) -> Any:
        response = await self.client.get(f"/api/desk/{path}", params=params)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.client.post(f"/api/desk/{path}", json=body, headers=self.csrf)

    async def did(self, path: str, body: dict[str, Any] | None = None) -> Any:
        response = await self.post(path, body)
        assert response.status_code < 300, response.text
        return response.json()

    async def view(self, conversation: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.get(f"conversations/{conversation}")
        return found

    async def take(self, conversation: str, version: int | None = None) -> dict[str, Any]:
        if version is None:
            version = (await self.view(conversation))["version"]
        taken: dict[str, Any] = await self.did(f"conversations/{conversation}/take", {"version": version})
        return taken

    async def decide(
        self, number: str, text: str = "经核实，您反映的情况属实，已退回费用。", **more: Any
    ) -> httpx.Response:
        version = (await self.get(f"tickets/{number}"))["version"]
        return await self.post(
            f"tickets/{number}/decide", {"version": version, "outcome": "upheld", "text": text, **more}
        )

    async def deed(self, number: str, name: str, **body: Any) -> httpx.Response:
        """Do something with a ticket, on the version it has now."""
        version = (await self.get(f"tickets/{number}"))["version"]
        return await self.post(f"tickets/{number}/{name}", {"version": version, **body})

    async def done(self, number: str, name: str, **body: Any) -> Any:
        """The same, when it is to succeed; the ticket as it stands then."""
        response = await self.deed(number, name, **body)
        assert response.status_code == 200, response.text
        return response.json()


@dataclass
class World:
    """One installation."""

    core: Core
    app: FastAPI
    bot: ScriptedBot
    clock: ManualClock
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, address: str = "203.0.113.7") -> httpx.AsyncClient:
        """A browser somewhere."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 4711))
        client = httpx.AsyncClient(transport=transport, base_url="http://bank.example")
        self.clients.append(client)
        return client

    async def customer(self, **body: Any) -> Customer:
        client = self.client()
        response = await client.post("/api/chat/sessions", json=body or None)
        assert response.status_code == 201, response.text
        opened = response.json()
        return Customer(client, opened["conversation_id"], opened["token"])

    async def hire(self, work_no: str = "0101", role: str = "agent", **fields: Any) -> str:
        """A colleague who can sign in; returns the user name."""
        user = f"{role}{work_no}"
        async with self.core.database.transaction() as session:
            await add_staff(
                session,
                **{
                    "work_no": work_no,
                    "user": user,
                    "name": "示例",
                    "role": role,
                    "on_duty": "on",
                    "password_hash": hashed_password(),
                    **fields,
                },
            )
        return user

    async def agent(self, work_no: str = "0101", role: str = "agent", **fields: Any) -> Agent:
        """A colleague at the desk, each from an address of his own: sign-ins are limited by address."""
        user = await self.hire(work_no, role, **fields)
        client = self.client(f"198.51.100.{int(work_no) % 250}")
        response = await client.post("/api/desk/sign-in", json={"user": user, "password": PASSWORD})
        assert response.status_code == 200, response.text
        return Agent(client, work_no)

    async def tick(self, **step: float) -> None:
        """Let time pass, then everything that is due happens."""
        self.clock.advance(timedelta(**step))
        await self.core.worker.tick()

    async def until(self, moment: datetime) -> None:
        """Everything that falls due up to a moment, each thing at its time."""
        while (due := await self.core.worker.next_moment()) is not None and due <= moment:
            self.clock.advance_to(max(due, self.clock.now()))
            await self.core.worker.tick()
        self.clock.advance_to(moment)
        await self.core.worker.tick()

    async def told(self, customer: Customer, text: str, **more: Any) -> list[str]:
        """The customer says something and hears what follows."""
        taken = await customer.say(text, **more)
        await self.tick()
        return await customer.heard(taken["seq"])

    async def complain(self, customer: Customer, text: str = "城南支行三号窗口的柜员对我爱理不理，等了四十分钟") -> str:
        """A complaint up to its registration; returns the ticket's number."""
        self.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await self.told(customer, text)
        self.bot.next(acts("action_register", intent="affirm"))
        registered, *_ = await self.told(customer, "对，就这样登记")
        found = NUMBER.search(registered)
        assert found is not None, registered
        return found.group()

    async def stored(self, conversation: str) -> list[Message]:
        """The messages in the record, in order."""
        async with self.core.database.snapshot() as session:
            rows = await session.scalars(
                select(Message).where(Message.conversation_id == conversation).order_by(Message.seq)
            )
            return list(rows)

    async def rows(self, model: type[Any], *where: Any) -> list[Any]:
        """All rows of a table."""
        async with self.core.database.snapshot() as session:
            return list(await session.scalars(select(model).where(*where)))

    async def staff(self, work_no: str) -> Staff:
        [person] = await self.rows(Staff, Staff.work_no == work_no)
        assert isinstance(person, Staff)
        return person

    def bytes_on_disk(self) -> bytes:
        """Everything the database holds: the file and its journal, or each row of each table."""
        url = make_url(self.core.settings.database)
        if url.get_backend_name() == "sqlite":
            file = Path(url.database or "")
            return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
        return every_row(url)


def every_row(url: URL) -> bytes:
    """All rows of a PostgreSQL database as text."""
    with psycopg.connect(url.set(drivername="postgresql").render_as_string()) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        rows = [
            connection.execute(psycopg.sql.SQL("select t::text from {} t").format(psycopg.sql.Identifier(name)))
            for (name,) in tables
        ]
        return "\n".join(line for found in rows for (line,) in found).encode()


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The error body, after checking its shape."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    assert isinstance(body["error"], str), body
    assert body["error"], body
    assert isinstance(body["detail"], str), body
    assert body["detail"], body
    return body
