"""Who is behind a request of the desk: checked, and written down, in one place."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from api.chat.routes import CoreDep
from api.core import Core, Look
from api.sockets import DESK_COOKIE
from desk.audit.service import note
from desk.conversations.service import hash_token
from desk.errors import NotAllowed
from desk.staff.models import Staff
from desk.staff.service import staff_of_session

log = structlog.get_logger()
CSRF_COOKIE, CSRF_HEADER = "sanbian_csrf", "X-CSRF-Token"
LOOKS = ("GET", "HEAD")
OWN_RECORD = ("messages",)
"""Deeds whose row tells who and when by itself; a colleague's every sentence need not be written down twice."""
SAME_LOOK = timedelta(minutes=10)
"""A page that fetches again and again is one look."""
MOST_LOOKS = 10_000
_THING = re.compile(r"/api/desk/(?P<things>[a-z-]+)/(?P<ref>[^/]+)(?:/(?P<deed>[a-z-]+))?")


async def signed_in(request: Request, core: CoreDep) -> Staff:
    """The colleague behind this request; anything that changes something must also echo the CSRF token."""
    now = core.clock.now()
    async with core.database.snapshot() as session:
        staff, row = await staff_of_session(session, request.cookies.get(DESK_COOKIE), now)
    if request.method not in LOOKS:
        told = hash_token(request.headers.get(CSRF_HEADER, ""))
        if not secrets.compare_digest(told, row.csrf_hash):
            raise NotAllowed("页面已过期，请刷新后再试。")
    await _write_down(request, core, staff, now)
    return staff


StaffDep = Annotated[Staff, Depends(signed_in)]


async def _write_down(request: Request, core: Core, staff: Staff, now: datetime) -> None:
    """Before anything is shown or done, so that nobody has seen what the trail does not know. Lists are not looks."""
    match = _THING.fullmatch(request.url.path)
    if match is None or match["deed"] in OWN_RECORD:
        return
    look = request.method in LOOKS
    verb = match["deed"] or ("view" if look else request.method.lower())
    key = (staff.work_no, match["things"], match["ref"], verb)
    if look and (last := core.looks.get(key)) is not None and now - last < SAME_LOOK:
        return
    entry = Look(by=staff.work_no, verb=verb, kind=match["things"].removesuffix("s"), ref=match["ref"], now=now)
    try:
        await _keep(core, entry)
    except (OperationalError, NoConnection):
        if not look:
            raise
        # Reading goes on while nothing can be written; the log keeps the look until the table can.
        log.warning("look_not_written_yet", by=entry.by, kind=entry.kind, ref=entry.ref)
        core.unwritten.append(entry)
    if look:
        core.looks[key] = now
        if len(core.looks) > MOST_LOOKS:
            core.looks.clear()


async def _keep(core: Core, entry: Look) -> None:
    late = list(core.unwritten)
    async with core.database.transaction() as session:
        for one in [*late, entry]:
            await note(session, by=one.by, verb=one.verb, kind=one.kind, ref=one.ref, now=one.now)
    del core.unwritten[: len(late)]
