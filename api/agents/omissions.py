"""Complaints that nobody registered: the list, and signing for each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.agents.privacy import only
from api.agents.signed_in import StaffDep
from api.agents.words import clean
from api.chat.routes import CoreDep
from desk.omissions.models import OmissionCheck
from desk.omissions.service import judge, waiting

JUDGES = ("supervisor", "quality", "compliance")


class Omission(BaseModel):
    """A conversation that sounds like a complaint."""

    id: int
    conversation_id: str
    seq: int
    found_at: datetime
    state: str
    ticket: str | None
    by: str | None
    reason: str | None


class OmissionPage(BaseModel):
    """What waits to be judged."""

    items: list[Omission]


class Judgement(BaseModel):
    """What a colleague signs."""

    verdict: Literal["registered", "not_a_complaint", "unreachable"]
    reason: str = Field(default="", max_length=200)


def add_omissions(router: APIRouter) -> None:
    """`/omissions` and `/omissions/{id}/judge`."""

    @router.get("/omissions")
    async def omissions(core: CoreDep, staff: StaffDep) -> OmissionPage:
        only(staff, JUDGES)
        async with core.database.snapshot() as session:
            return OmissionPage(items=[row_of(check) for check in await waiting(session)])

    @router.post("/omissions/{check_id}/judge")
    async def judge_one(
        core: CoreDep, staff: StaffDep, check_id: Annotated[int, Path(ge=1, le=2**53)], new: Judgement
    ) -> Omission:
        only(staff, JUDGES)
        reason = clean(new.reason).strip()
        async with core.database.transaction() as session:
            check, _ = await judge(
                session,
                check_id,
                staff,
                verdict=new.verdict,
                reason=reason,
                rules=core.policy,
                now=core.clock.now(),
            )
            return row_of(check)


def row_of(check: OmissionCheck) -> Omission:
    """As it is told."""
    return Omission(**{name: getattr(check, name) for name in Omission.model_fields})
