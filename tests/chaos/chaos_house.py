"""A small installation of real processes – api and bot – whose parts can be killed, frozen and started again."""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from api.supervisor.bot import OwnBot, start_bot
from api.supervisor.ports import LOOPBACK, free_port
from desk.settings import ROOT

PATIENCE_S = 60.0
HONEST_WITHIN_S = 10.0
"""A customer hears something within this time, whatever the bot does (issue 2, bad input and failures)."""

Json = dict[str, Any]


def until(what: Callable[[], Any], within_s: float = PATIENCE_S, *, every_s: float = 0.05) -> Any:
    """The first true value of `what`."""
    limit = time.monotonic() + within_s
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < limit, f"not within {within_s:.0f} s"
        time.sleep(every_s)


@dataclass
class Customer:
    """Somebody at the web chat. Remembers what was acknowledged: that must never be lost."""

    url: str
    id: str
    token: str
    acknowledged: dict[str, int] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def say(self, text: str, client_id: str | None = None) -> int:
        """Send and return the seq; raises httpx.HTTPError when nobody acknowledged."""
        name = client_id or f"c{next(self._ids)}"
        response = httpx.post(
            f"{self.url}/api/chat/messages",
            json={"client_id": name, "text": text},
            headers=self._headers,
            trust_env=False,
            timeout=15,
        )
        assert response.status_code == 202, response.text
        seq: int = response.json()["seq"]
        assert self.acknowledged.setdefault(name, seq) == seq, "an acknowledged message changed its place"
        return seq

    def thread(self, after: int = 0) -> Json:
        response = httpx.get(
            f"{self.url}/api/chat/messages",
            params={"after": after},
            headers=self._headers,
            trust_env=False,
            timeout=15,
        )
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    def heard(self, after: int = 0) -> list[str]:
        return [message["text"] for message in self.thread(after)["messages"] if message["by"] != "customer"]

    def hears(self, after: int, within_s: float) -> list[str]:
        """What is said after a seq, once something is."""
        heard: list[str] = until(lambda: self.heard(after), within_s)
        return heard


@dataclass
class House:
    """Processes, their ports and the record."""

    var: Path
    model: Path
    port: int = field(default_factory=free_port)
    actions_port: int = field(default_factory=free_port)
    bot_port: int = field(default_factory=free_port)
    api: subprocess.Popen[bytes] | None = None
    bot: OwnBot | None = None
    _desk: httpx.Client | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def database(self) -> Path:
        return self.var / "sanbian.db"

    def start_api(self) -> None:
        """Start the api and wait until it answers."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SANBIAN_VAR_DIR": str(self.var),
            "SANBIAN_PORT": str(self.port),
            "SANBIAN_ACTIONS_PORT": str(self.actions_port),
            "SANBIAN_BOT_URL": f"http://{LOOPBACK}:{self.bot_port}",
            "SANBIAN_SESSION_RATE_PER_MINUTE": "100000",
        }
        with (self.var / "api.log").open("ab") as log:
            self.api = subprocess.Popen(
                [sys.executable, "-m", "api.serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        until(self.readyz)

    def kill_api(self) -> None:
        """Like a power cut for this process."""
        assert self.api is not None
        self.api.send_signal(signal.SIGKILL)
        self.api.wait()

    def start_bot(self) -> None:
        """Start the bot and wait until it has its model."""
        self.bot = start_bot(self.model, self.bot_port)
        self.bot.wait(150)

    def signal_bot(self, number: signal.Signals) -> None:
        """To the bot and everything it started."""
        assert self.bot is not None
        os.killpg(self.bot.pid, number)
        if number == signal.SIGKILL:
            self.bot.process.wait()

    def stop(self) -> None:
        if self._desk is not None:
            self._desk.close()
        if self.api is not None and self.api.poll() is None:
            self.kill_api()
        if self.bot is not None:
            self.bot.stop()
            self.bot.log.unlink(missing_ok=True)

    def readyz(self) -> Json | None:
        """The body, or None when nobody answers."""
        try:
            response = httpx.get(f"{self.url}/readyz", trust_env=False, timeout=3)
        except httpx.HTTPError:
            return None
        body: Json = response.json()
        return body

    def customer(self) -> Customer:
        opened = httpx.post(f"{self.url}/api/chat/sessions", trust_env=False, timeout=15)
        assert opened.status_code == 201, opened.text
        body = opened.json()
        return Customer(self.url, body["conversation_id"], body["token"])

    def desk(self, path: str) -> Json:
        """What the desk sees, signed in as a supervisor."""
        if self._desk is None:
            staff = json.loads((self.var / "demo.json").read_text(encoding="utf-8"))["staff"]
            found = next(entry for entry in staff if entry["role"] == "supervisor")
            self._desk = httpx.Client(base_url=f"{self.url}/api/desk/", trust_env=False, timeout=15)
            body = {"user": found["user"], "password": found["password"]}
            assert self._desk.post("sign-in", json=body).status_code == 200
        answer = self._desk.get(path)
        assert answer.status_code == 200, answer.text
        view: Json = answer.json()
        return view

    def waiting(self) -> list[Json]:
        """The agents' queue."""
        items: list[Json] = self.desk("conversations?state=queue")["items"]
        return items

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Straight from the record."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(sql, values).fetchall()

    def stored(self, customer: Customer) -> list[tuple[Any, ...]]:
        """(seq, by, external_id, text, answers) of a conversation, in order."""
        rows = self.query(
            "select seq, by, external_id, text, answers from messages where conversation_id = ? order by seq",
            customer.id,
        )
        return [(seq, by, external, text, json.loads(answers)) for seq, by, external, text, answers in rows]

    def waited(self, customer: Customer) -> list[float]:
        """Seconds from each message of the customer to its answer, by the record's own times."""
        rows = self.query(
            "select seq, by, at, answers from messages where conversation_id = ? order by seq", customer.id
        )
        said = {seq: datetime.fromisoformat(at) for seq, by, at, _ in rows if by == "customer"}
        return [
            (datetime.fromisoformat(at) - said[seq]).total_seconds()
            for _, by, at, answers in rows
            if by != "customer"
            for seq in json.loads(answers)
        ]

    def unanswered(self, customer: Customer) -> set[int]:
        """Seqs of the customer's messages that no reply answers."""
        rows = self.stored(customer)
        said = {seq for seq, by, *_ in rows if by == "customer"}
        return said - {seq for *_, answers in rows for seq in answers}

    def assert_nothing_lost_or_doubled(self, customer: Customer) -> None:
        """Acknowledged ids are stored, once; every message is answered by one turn; seqs have no holes."""
        rows = self.stored(customer)
        assert [seq for seq, *_ in rows] == list(range(1, len(rows) + 1))
        stored = {external: seq for seq, by, external, *_ in rows if by == "customer"}
        assert customer.acknowledged.items() <= stored.items()
        turns = self.query(
            "select turn_id, answers from messages where conversation_id = ? and turn_id is not null", customer.id
        )
        by_turn: dict[int, set[str]] = {}
        for turn, answers in turns:
            for seq in json.loads(answers):
                by_turn.setdefault(seq, set()).add(turn)
        assert all(len(found) == 1 for found in by_turn.values()), f"answered twice: {by_turn}"
        assert not self.unanswered(customer)
