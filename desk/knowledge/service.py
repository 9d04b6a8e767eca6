"""Answers that are looked up, never made up: a question finds an entry above the threshold, or nothing (SD033)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import Clock, SystemClock
from desk.knowledge import index
from desk.knowledge.files import read_folder
from desk.knowledge.models import KnowledgeEntry
from desk.knowledge.policy import knowledge_policy
from desk.knowledge.ranking import Circumstances, Ranker, gist, read_question
from desk.knowledge.schemas import Entry, Hit
from desk.knowledge.tokens import tokeniser

_CLOCK = SystemClock()
_COLUMNS = tuple(Entry.model_fields)


@dataclass(frozen=True)
class Loaded:
    """What reading the folder changed, in entries."""

    added: int = 0
    changed: int = 0
    retired: int = 0
    """No longer in the folder: kept, but not found any more."""
    kept: int = 0
    """In the folder, but the desk's own version stays."""


async def search(
    session: AsyncSession, text: str, *, intent: str | None = None, context_key: str | None = None, limit: int = 3
) -> list[Hit]:
    """Entries that answer `text`, best first; empty when none is good enough and the intent has no default.

    `text` is a redacted message, `intent` the model's opinion, `context_key` the topic of the last answer or, better, the
    key of the entry it came from (then its follow-ups are preferred too). Both prefer, neither excludes.
    """
    policy, words = knowledge_policy(), tokeniser()
    asked = read_question(text, words, policy)
    tokens = sorted(asked.whole)
    around = await _circumstances(session, intent, context_key)
    hits: list[Hit] = []
    if keys := await index.find(session, tokens, policy.candidates):
        understood = {*tokens, *gist(around.last, words, policy)}
        frequencies = await index.frequencies(session, sorted(understood))
        asked = replace(asked, frequencies=frequencies, entries=await index.size(session))
        entries = await _candidates(session, keys, around)
        hits = Ranker(asked, around, words, policy).rank(entries, limit)
    return hits or await _default(session, policy.defaults.get(intent or ""), policy.threshold)


async def get(session: AsyncSession, key: str) -> Entry | None:
    """The entry of this key, also when it is no longer active."""
    row = await _row(session, key)
    return of_row(row) if row else None


async def upsert(session: AsyncSession, entry: Entry, *, clock: Clock = _CLOCK) -> None:
    """Put an entry into force at run time: found at once, and no longer overwritten by the folder."""
    await _write(session, await _row(session, entry.key), entry, "desk", clock)
    if entry.active:
        await index.put(session, {entry.key: _tokens(entry)})
    else:
        await index.remove(session, [entry.key])


async def load_folder(session: AsyncSession, path: Path, *, clock: Clock = _CLOCK) -> Loaded:
    """Bring the table in line with the files of `path`, as often as you like, and rebuild the index.

    What the desk added or changed stays. Raises pydantic's ValidationError or ValueError on a malformed file.
    """
    rows = {row.key: row for row in await session.scalars(select(KnowledgeEntry))}
    files = read_folder(path)
    counts = {"added": 0, "changed": 0, "retired": 0, "kept": 0}
    for key, entry in files.items():
        row = rows.get(key)
        what = "added" if row is None else "kept" if row.origin == "desk" else "changed"
        if what == "changed" and row is not None and of_row(row) == entry:
            continue
        counts[what] += 1
        if what != "kept":
            rows[key] = await _write(session, row, entry, "folder", clock)
    for key, row in rows.items():
        if row.origin == "folder" and row.active and key not in files:
            row.active, row.updated_at = False, clock.now()
            counts["retired"] += 1
    await session.flush()
    await index.rebuild(session, {key: _tokens(of_row(row)) for key, row in rows.items() if row.active})
    return Loaded(**counts)


def render(entry: Entry, values: Mapping[str, object] | None = None) -> str:
    """The answer as the customer reads it: placeholders filled from `values`, then what it rests on and as of when.

    A placeholder without a value stays as it is, for whoever knows the number.
    """
    filled = re.sub(r"\{(\w+)\}", lambda match: str((values or {}).get(match[1], match[0])), entry.answer)
    suffix = knowledge_policy().suffix
    pattern = suffix.sample if entry.sample else suffix.source
    return filled + pattern.format(as_of=entry.as_of.isoformat(), source=entry.source)


async def _circumstances(session: AsyncSession, intent: str | None, context_key: str | None) -> Circumstances:
    last = await get(session, context_key) if context_key else None
    return Circumstances(intent=intent, topic=last.topic if last else context_key, last=last)


async def _candidates(session: AsyncSession, keys: Sequence[str], around: Circumstances) -> list[Entry]:
    """What the index found, and the topic at hand: "要带什么" alone finds forty others before it."""
    wanted = or_(KnowledgeEntry.key.in_(keys), KnowledgeEntry.topic == around.topic)
    rows = await session.scalars(select(KnowledgeEntry).where(wanted, KnowledgeEntry.active.is_(True)))
    return [of_row(row) for row in rows]


async def _default(session: AsyncSession, key: str | None, score: float) -> list[Hit]:
    entry = await get(session, key) if key else None
    return [Hit(entry=entry, score=score)] if entry and entry.active else []


async def _row(session: AsyncSession, key: str) -> KnowledgeEntry | None:
    row: KnowledgeEntry | None = await session.scalar(select(KnowledgeEntry).where(KnowledgeEntry.key == key))
    return row


async def _write(
    session: AsyncSession, row: KnowledgeEntry | None, entry: Entry, origin: str, clock: Clock
) -> KnowledgeEntry:
    if row is None:
        row = KnowledgeEntry(key=entry.key)
        session.add(row)
    for name, value in entry.model_dump().items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    row.origin, row.updated_at = origin, clock.now()
    await session.flush()
    return row


def _tokens(entry: Entry) -> list[str]:
    return tokeniser().sequence("\n".join([*entry.questions, entry.answer]))


def of_row(row: KnowledgeEntry) -> Entry:
    """The entry that stands in a row."""
    return Entry.model_validate({name: getattr(row, name) for name in _COLUMNS})
