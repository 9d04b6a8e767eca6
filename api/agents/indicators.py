"""Figures for those who answer for them, and the register for the archive."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api.agents.privacy import only
from api.agents.scores import may_see_scores
from api.agents.signed_in import StaffDep
from api.chat.routes import CoreDep
from desk.clock import SHANGHAI
from desk.indicators.service import report
from desk.register.files import as_csv, as_xlsx
from desk.register.service import register_rows

Day = Annotated[date, Query(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
READERS = ("supervisor", "quality", "compliance", "branch")
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class IndicatorLine(BaseModel):
    """One indicator: what was counted, what came out, how sure, and what can be said of the target."""

    key: str
    title: str
    numerator: float
    denominator: float
    value: float | None
    interval: tuple[float, float] | None
    unit: str
    target: float | None
    verdict: Literal["met", "missed", "cannot_be_judged"] | None


class IndicatorReport(BaseModel):
    """The whole, the parts, and what is still open by age."""

    start: date
    end: date
    whole: list[IndicatorLine]
    parts: dict[str, list[IndicatorLine]]
    backlog: dict[str, int]


def midnight(day: date) -> datetime:
    """The beginning of a day as customers see it."""
    return datetime.combine(day, time(), SHANGHAI)


def add_indicators(router: APIRouter) -> None:
    """`/indicators` and `/register.csv|xlsx`, from a day up to and with another."""

    @router.get("/indicators")
    async def indicators(
        core: CoreDep,
        staff: StaffDep,
        start: Day,
        end: Day,
        by: Annotated[str | None, Query(max_length=16)] = None,
    ) -> IndicatorReport:
        only(staff, READERS)
        # A branch sees itself; the others see all.
        branch = (staff.branch or "") if staff.role == "branch" else None
        async with core.database.snapshot() as session:
            found = await report(session, midnight(start), _after(end), by=by, branch=branch)
        return IndicatorReport.model_validate({"start": start, "end": end, **asdict(found)})

    @router.get("/register.{kind}")
    async def register(core: CoreDep, staff: StaffDep, kind: Literal["csv", "xlsx"], start: Day, end: Day) -> Response:
        only(staff, READERS)
        branch = (staff.branch or "") if staff.role == "branch" else None
        async with core.database.snapshot() as session:
            rows = await register_rows(
                session, midnight(start), _after(end), branch=branch, scores=may_see_scores(staff)
            )
        content: Any = as_csv(rows) if kind == "csv" else as_xlsx(rows)
        name = f"register-{start:%Y%m%d}-{end:%Y%m%d}.{kind}"
        return Response(
            content, media_type=MEDIA[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


def _after(day: date) -> datetime:
    return midnight(day + timedelta(days=1))
