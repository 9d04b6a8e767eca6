"""The colleagues' side of a replay: the desk's HTTP API behind a real signed-in session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from api.agents.signed_in import CSRF_HEADER
from api.core import Core
from api.replay.cases.turns import AgentDoes
from api.replay.channels import REFUSED_FROM, REFUSED_TO, Refused, refusal
from api.sockets import DESK_COOKIE
from desk.db import new_id
from desk.staff.service import begin_session, by_work_no
from desk.tickets.deciding import OUTCOMES

PLACES = ("/api/desk/conversations/{conversation_id}/", "/api/desk/tickets/{number}/")
"""Where deeds are done; a deed is the last part of its address."""
OTHER_NAMES = {"say": "messages"}
RESULTS = {"pass": "passed", "ok": "passed", "通过": "passed", "退回": "returned"}
"""A recheck's result in other words."""


class NotPossible(RuntimeError):
    """The desk knows no such deed (yet)."""


@dataclass
class DeskSide:
    """Does what a case's colleagues do, in one conversation."""

    core: Core
    app: FastAPI
    client: httpx.AsyncClient
    conversation_id: str

    async def do(self, step: AgentDoes) -> Refused | None:
        """Do it, or return how the desk refused. Raises NotPossible for a deed that the desk does not know."""
        headers = await self._sign_in(step.work_no)
        view = await self._get(f"/api/desk/conversations/{self.conversation_id}", headers)
        args = dict(step.args)
        named = args.pop("ticket", None) or args.pop("number", None)
        number = str(named or view["ticket"] or "")
        path = self._path(step.do, about_ticket=named is not None)
        if step.do == "notify" and not args and await self._is_told(number, headers):
            return None
        if path is None:
            raise NotPossible(f"nobody can {step.do!r} at the desk")
        address = path.format(conversation_id=self.conversation_id, number=number)
        version = view["version"]
        if "{number}" in path:
            if not number:
                raise NotPossible(f"there is no ticket to {step.do!r}")
            seen = await self.client.get(f"/api/desk/tickets/{number}", headers=headers)
            if REFUSED_FROM <= seen.status_code < REFUSED_TO:
                # No such case, or not for this colleague's eyes: he gets no further than looking at it.
                return refusal(seen)
            version = seen.json()["version"]
        if args.get("outcome") in OUTCOMES.values():
            args["outcome"] = next(key for key, words in OUTCOMES.items() if words == args["outcome"])
        if args.get("result") in RESULTS:
            args["result"] = RESULTS[args["result"]]
        body = {"version": version, "client_id": f"replay-{new_id()}", **args}
        answer = await self.client.post(address, json=body, headers=headers)
        if REFUSED_FROM <= answer.status_code < REFUSED_TO:
            return refusal(answer)
        answer.raise_for_status()
        return None

    def _path(self, deed: str, *, about_ticket: bool) -> str | None:
        """The address of a deed among the desk's routes; one that names a ticket is done to it (both can be closed)."""
        plain = OTHER_NAMES.get(deed, deed).replace("_", "-")
        places = PLACES[::-1] if about_ticket else PLACES
        known = {path for path, methods in self.app.openapi()["paths"].items() if "post" in methods}
        wanted = (place + name for place in places for name in (plain, f"{plain}s"))
        return next((path for path in wanted if path in known), None)

    async def _sign_in(self, work_no: str) -> dict[str, str]:
        async with self.core.database.transaction() as session:
            opened = await begin_session(session, await by_work_no(session, work_no), self.core.clock.now())
        return {"Cookie": f"{DESK_COOKIE}={opened.token}", CSRF_HEADER: opened.csrf}

    async def _get(self, address: str, headers: dict[str, str]) -> dict[str, Any]:
        answer = await self.client.get(address, headers=headers)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def _is_told(self, number: str, headers: dict[str, str]) -> bool:
        """Deciding tells the customer at once, so there is nothing left to do."""
        if not number:
            return False
        return bool((await self._get(f"/api/desk/tickets/{number}", headers))["state"] == "notified")
