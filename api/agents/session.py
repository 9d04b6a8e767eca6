"""Who is calling: the colleague behind a request, and the token that every change must echo."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Request

from api.chat.routes import CoreDep
from api.sockets import DESK_COOKIE
from desk.conversations.service import hash_token
from desk.errors import NotAllowed
from desk.staff.models import Staff
from desk.staff.service import staff_of_session

CSRF_COOKIE, CSRF_HEADER = "sanbian_csrf", "X-CSRF-Token"


async def signed_in(request: Request, core: CoreDep) -> Staff:
    """The colleague behind this request; anything that changes something must also echo the CSRF token."""
    async with core.database.snapshot() as session:
        staff, row = await staff_of_session(session, request.cookies.get(DESK_COOKIE), core.clock.now())
    if request.method not in ("GET", "HEAD"):
        told = hash_token(request.headers.get(CSRF_HEADER, ""))
        if not secrets.compare_digest(told, row.csrf_hash):
            raise NotAllowed("页面已过期，请刷新后再试。")
    return staff


StaffDep = Annotated[Staff, Depends(signed_in)]
