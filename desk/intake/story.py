"""何事: the story of a case in the customer's words, and the grievances in it. Nothing a customer says is lost."""

from __future__ import annotations

import re

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.draft import TurnDraft
from desk.intake.heard import six_of
from desk.intake.plan import Kind, kind_of
from desk.intake.taken import Taken
from desk.intake.told import sums_in
from desk.policy.schemas import Policy
from desk.reading.facts.corrections import takes_back
from desk.reading.facts.spans import Cover
from desk.reading.lexicon import clauses
from desk.reading.schemas import Facts, Span
from desk.tickets.models import Ticket
from desk.tickets.service import add_item, facts_of, items_of, put_fact

STORY_LIMIT = 2000
SHORTEST_STORY = 4
"""Characters of a clause that no other fact explains."""


def split_items(text: str, pattern: str) -> list[str]:
    """The grievances in one message: told apart only by the customer's own 另外 / 第二 / 还有就是 (SD010)."""
    pieces = [piece.strip(" ,，。;；、:：") for piece in re.split(pattern, text)]
    pieces = [
        re.sub(r"^我?(?:要|想)?(?:投诉|反映)[两二三几]?[件个点](?:事|问题)?[,，:： ]*", "", piece) for piece in pieces
    ]
    pieces = [re.sub(r"^(?:第一[件个]?|首先|[1１一][、.．])", "", piece).strip(" ,，:：") for piece in pieces]
    long = [piece for piece in pieces if len(piece) >= 6]
    return long if len(long) > 1 else [text]


async def write_story(
    session: AsyncSession, draft: TurnDraft, ticket: Ticket, facts: Facts, policy: Policy, taken: Taken
) -> None:
    """Write what happened into the case; its first telling makes the items, one for each grievance."""
    story = draft.text.strip()
    clause = facts.what.text if facts.what is not None else _rest_of_story(draft, taken)
    if not story or not clause:
        return
    items = await items_of(session, ticket.number)
    kind = kind_of(policy, ticket.intent)
    pieces = split_items(story, policy.intake["split"]) if not items else [story]
    if not items:
        for n, piece in enumerate(pieces):
            await add_item(
                session,
                ticket,
                effect=f"item:{draft.first_seq}:{n}",
                what=clause if len(pieces) == 1 else piece,
                intent=ticket.intent,
                # The kind was heard over all of it; of the further pieces nobody knows it yet, so nobody guesses.
                cause_six=six_of(kind, draft.reading) if n == 0 else None,
                cause_jrt=kind.cause_jrt if n == 0 else (),
                from_seq=draft.seq,
                amount=sums_in(facts, piece),
            )
    await _append_what(session, draft, ticket, clause if len(pieces) == 1 else "；".join(pieces), taken)


def _rest_of_story(draft: TurnDraft, taken: Taken) -> str:
    """What was told in words no rule knows is kept all the same: nothing a customer says is lost."""
    reading = draft.reading
    busy = reading.acts or takes_back(reading.normalised)
    if busy or reading.mood.level >= 2 or len(reading.normalised) < 6 or "remedy" in taken.given:
        return ""
    facts = reading.facts
    spans: list[Span] = [*facts.when, *facts.amount]
    spans += facts.who if "who" in taken.given else ()
    spans += facts.where if "where" in taken.given else [where for where in facts.where if where.kind == "branch"]
    known = Cover(spans)
    left = [
        draft.text[start : start + len(clause)]
        for start, clause in clauses(reading.normalised)
        if sum(known.clear(at, at + 1) for at in range(start, start + len(clause))) >= SHORTEST_STORY
    ]
    return "，".join(left)


async def _append_what(session: AsyncSession, draft: TurnDraft, ticket: Ticket, clause: str, taken: Taken) -> None:
    row = (await facts_of(session, ticket.number)).get("what")
    if row is not None and row.value and (clause in row.value or draft.memory.asked == ["remedy"]):
        return
    value = clause if row is None or not row.value else f"{row.value}；{clause}"
    await put_fact(
        session,
        ticket.number,
        "what",
        value=value[:STORY_LIMIT],
        status="given",
        from_seq=draft.seq if row is None else row.from_seq,
    )
    taken.given.append("what")
    taken.story = clause


async def add_grievance(
    session: AsyncSession, draft: TurnDraft, ticket: Ticket, intent: str, kind: Kind, taken: Taken
) -> None:
    """A second grievance told in the middle of the first: one more item, nothing dropped (SD010)."""
    what = draft.reading.facts.what.text if draft.reading.facts.what else draft.text
    await add_item(
        session,
        ticket,
        effect=f"item:{draft.first_seq}:{intent}",
        what=what,
        intent=intent,
        cause_six=six_of(kind, draft.reading),
        cause_jrt=kind.cause_jrt,
        from_seq=draft.seq,
        amount=sums_in(draft.reading.facts, draft.text),
    )
    taken.new_items.append(what)
