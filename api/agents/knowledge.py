"""The answers the bot gives, kept by the desk: read, change, retire, and try a question."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select

from api.agents.privacy import only
from api.agents.signed_in import StaffDep
from api.agents.words import clean
from api.chat.routes import CoreDep
from desk.errors import Conflict, Invalid, NotFound
from desk.knowledge.models import KnowledgeEntry
from desk.knowledge.schemas import Entry
from desk.knowledge.service import of_row, render, search, upsert
from desk.phrases.lint import check
from desk.texts.service import world_facts

WRITERS = ("supervisor", "quality", "compliance")
PAGE = 50
KeyPath = Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class KnowledgeRow(Entry):
    """An answer, whose it is and since when it stands so."""

    origin: str
    updated_at: datetime


class KnowledgePage(BaseModel):
    """Answers in the order of their keys."""

    items: list[KnowledgeRow]
    next: str | None = None


class NewAnswer(BaseModel):
    """What an answer is to be. `seen` is its `updated_at` as the writer knew it, null for a new one."""

    seen: datetime | None = None
    entry: dict[str, object] = Field(max_length=20)


class Tried(BaseModel):
    """A question somebody wants to try."""

    text: str = Field(min_length=1, max_length=500)
    intent: str | None = Field(default=None, max_length=60)
    context_key: str | None = Field(default=None, max_length=80)


class Found(BaseModel):
    """What the bot would say, and how sure it is."""

    key: str
    score: float
    answer: str


class TriedPage(BaseModel):
    """Best first; empty when the bot would rather look it up with a colleague."""

    items: list[Found]


def add_knowledge(router: APIRouter) -> None:
    """`/knowledge`, `/knowledge/{key}` and `/knowledge-try`."""

    @router.get("/knowledge")
    async def entries(
        core: CoreDep,
        _: StaffDep,
        q: Annotated[str | None, Query(max_length=64)] = None,
        intent: Annotated[str | None, Query(max_length=60)] = None,
        after: Annotated[str, Query(max_length=80)] = "",
    ) -> KnowledgePage:
        query = select(KnowledgeEntry).where(KnowledgeEntry.key > after).order_by(KnowledgeEntry.key)
        if q:
            query = query.where(
                KnowledgeEntry.answer.contains(q, autoescape=True) | KnowledgeEntry.key.contains(q, autoescape=True)
            )
        if intent:
            query = query.where(KnowledgeEntry.intent == intent)
        async with core.database.snapshot() as session:
            rows = list(await session.scalars(query.limit(PAGE + 1)))
        return KnowledgePage(
            items=[row_of(row) for row in rows[:PAGE]], next=rows[PAGE - 1].key if len(rows) > PAGE else None
        )

    @router.get("/knowledge/{key}")
    async def entry(core: CoreDep, _: StaffDep, key: KeyPath) -> KnowledgeRow:
        async with core.database.snapshot() as session:
            row = await session.scalar(select(KnowledgeEntry).where(KnowledgeEntry.key == key))
        if row is None:
            raise NotFound(f"没有条目{key}。")
        return row_of(row)

    @router.put("/knowledge/{key}")
    async def write(core: CoreDep, staff: StaffDep, key: KeyPath, new: NewAnswer) -> KnowledgeRow:
        only(staff, WRITERS)
        told = checked({**new.entry, "key": key})
        async with core.database.transaction() as session:
            query = select(KnowledgeEntry).where(KnowledgeEntry.key == key).with_for_update()
            row = await session.scalar(query)
            if (row.updated_at if row else None) != new.seen:
                raise Conflict(f"条目{key}刚刚被别人改过，请刷新后再改。")
            await upsert(session, told, clock=core.clock)
            row = await session.scalar(query.execution_options(populate_existing=True))
            assert row is not None  # noqa: S101  # just written
            return row_of(row)

    @router.post("/knowledge-try")
    async def try_one(core: CoreDep, _: StaffDep, tried: Tried) -> TriedPage:
        text = clean(tried.text)
        async with core.database.snapshot() as session:
            hits = await search(session, text, intent=tried.intent, context_key=tried.context_key)
        return TriedPage(
            items=[Found(key=hit.entry.key, score=hit.score, answer=render(hit.entry, world_facts())) for hit in hits]
        )


def checked(told: dict[str, object]) -> Entry:
    """The entry, or Invalid that says what is wrong: its shape, or a phrase no customer should read."""
    try:
        entry = Entry.model_validate(told)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc'])) or 'entry'}：{one['msg']}" for one in error.errors()[:3]]
        raise Invalid("条目写得不对：" + "；".join(problems)) from None
    findings = [finding.reason for finding in check(entry.answer, speaker="bot")]
    if findings:
        raise Invalid("这样的说法不能给客户看：" + "；".join(findings))
    return entry


def row_of(row: KnowledgeEntry) -> KnowledgeRow:
    """As it is told."""
    return KnowledgeRow(**of_row(row).model_dump(), origin=row.origin, updated_at=row.updated_at)
