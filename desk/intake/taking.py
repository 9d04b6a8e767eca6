"""Taking facts out of what the customer said, into the case. Nothing is guessed and everything is traceable (F1, F2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.changes.places import note_needs
from desk.conversations.draft import TurnDraft
from desk.intake.plan import Kind, kind_of, pointed_out
from desk.intake.story import write_story
from desk.intake.taken import Taken
from desk.intake.told import corrects, told, wished_for, with_corrections
from desk.policy.schemas import Policy
from desk.reading.schemas import Facts, Who
from desk.recusal.service import keep_off, keep_off_person, message_id, named_in
from desk.tickets.models import Ticket, TicketFact
from desk.tickets.service import facts_of, put_fact


async def take_facts(
    session: AsyncSession, draft: TurnDraft, ticket: Ticket, policy: Policy, *, another: bool = False
) -> Taken:
    """Write everything this turn tells into the case, and settle what had been asked.

    What is told of `another` grievance fills only what the first left open; they share when and where (3.13).
    """
    taken = Taken(another=another)
    facts, present = with_corrections(draft), await facts_of(session, ticket.number)
    await _write_told(session, draft, ticket, facts, present, policy, taken)
    await _name_on_the_roster(session, draft, ticket, taken)
    await write_story(session, draft, ticket, facts, policy, taken)
    await _settle_asked(session, draft, ticket, taken)
    _flag(draft, ticket, facts, policy)
    await _keep_off(session, draft, ticket, kind_of(policy, ticket.intent), facts.avoid)
    await session.flush()
    return taken


async def _write_told(
    session: AsyncSession,
    draft: TurnDraft,
    ticket: Ticket,
    facts: Facts,
    present: dict[str, TicketFact],
    policy: Policy,
    taken: Taken,
) -> None:
    for key, (value, resolved) in told(facts, draft, policy).items():
        before = present.get(key)
        told_before = before is not None and before.status == "given"
        aside = taken.another or key in wished_for(facts)
        if before and told_before and (aside or not _better(key, before, value, resolved, draft)):
            continue
        if before and told_before and key == "who" and _only_looks(resolved) and not corrects(draft):
            # 3号窗口, then 女的,戴眼镜: both point at the same person.
            value, resolved = f"{before.value}，{value}", before.resolved
        if key == "remedy" and before is not None and before.value and "remedy" not in draft.memory.asked:
            value = before.value if value in before.value else f"{before.value}；{value}"
        await put_fact(session, ticket.number, key, value=value, status="given", from_seq=draft.seq, resolved=resolved)
        (taken.corrected if before is not None and before.value != value and corrects(draft) else taken.given).append(
            key
        )


def _better(key: str, before: TicketFact, value: str, resolved: dict[str, Any] | None, draft: TurnDraft) -> bool:
    """Whether what is said now replaces what stood there: asked for, corrected, or more exact."""
    if key in draft.memory.asked or corrects(draft) or draft.question_is("confirm"):
        return True
    detail, old = resolved or {}, before.resolved or {}
    if key == "when":
        return _finer(old, detail) or bool(detail.get("iso") and not old.get("iso"))
    if key == "who":
        more = _only_looks(detail) and value not in (before.value or "")
        return more or (pointed_out(value, detail) and not pointed_out(before.value or "", old))
    if key == "where":
        return detail.get("kind") == "branch" and old.get("kind") != "branch"
    return key in ("remedy", "contact") and value != before.value


def _only_looks(detail: dict[str, Any] | None) -> bool:
    """Whether a person is told by looks alone, and so may be the one who was named before."""
    return not any((detail or {}).get(key) for key in ("name", "badge", "role"))


SPANS = ("year", "month", "week")
"""A span in which a day lies: of 这周, then 周三上午, the morning is meant."""
FINENESS = ("vague", "year", "month", "week", "range", "habit", "day", "part_of_day", "hour", "minute")


def _finer(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """今天, then 下午三点多: the same day, told more exactly."""
    before, now = str(old.get("iso") or ""), str(new.get("iso") or "")
    finer = FINENESS.index(str(new.get("precision"))) > FINENESS.index(str(old.get("precision") or "vague"))
    start, _, end = before.partition("/")
    within = old.get("precision") in SPANS and bool(end) and start[:10] <= now[:10] < end[:10]
    return finer and (not before or before[:10] == now[:10] or within)


OTHERS = "(?<!我)是(?:谁|哪位)[^,。]{0,2}(?:不想|不便|不能|不方便|不好|不愿)"
"""Will not say who somebody else was; that refuses no name of his own."""
IDENTITY = "是谁|名字|姓名|名|电话|手机|号码|身份|联系|匿名"


def answered_elsewhere(taken: Taken) -> bool:
    """Whether the message told facts: then 别问我是谁 refuses a name, not the fact that was asked."""
    return bool(set(taken.given) - {"contact"})


async def _settle_asked(session: AsyncSession, draft: TurnDraft, ticket: Ticket, taken: Taken) -> None:
    """An asked fact is answered, skipped or refused; the message that answers one of two settles both."""
    acts, memory = draft.reading.acts, draft.memory
    present = await facts_of(session, ticket.number)
    left = [key for key in memory.asked if key not in taken.given and key not in ("confirm",)]
    answered = any(key in taken.given for key in memory.asked)
    others = "refuse" in acts and re.search(OTHERS, draft.reading.normalised) is not None
    if others:
        memory.asked_times["who"] = max(memory.asked_times.get("who", 0), 1)
    anonymous = "refuse" in acts and not others and re.search(IDENTITY, draft.reading.normalised) is not None
    refused = "refuse" in acts and not (anonymous and answered_elsewhere(taken))
    skipped = "skip" in acts and "what" not in taken.given
    status = "refused" if refused else "unknown" if skipped or answered else None
    if "refuse" in acts and (anonymous or "contact" in memory.asked):
        memory.contact_refused = True
    for key in left:
        if present.get(key) is not None and present[key].status == "given":
            continue
        if status is None and memory.asked_times.get(key, 0) >= 2:
            status = "unknown"
        if status is not None and (key != "what" or "skip" in acts or "refuse" in acts):
            await put_fact(session, ticket.number, key, value=None, status=status, from_seq=draft.seq)
            (taken.refused if status == "refused" else taken.skipped).append(key)
    if memory.asked:
        skipped_only = bool(left) and not answered and ("skip" in acts or "refuse" in acts)
        memory.skips_in_row = memory.skips_in_row + 1 if skipped_only else 0


async def _keep_off(session: AsyncSession, draft: TurnDraft, ticket: Ticket, kind: Kind, avoid: Sequence[Who]) -> None:
    """Recusal (令2020/3 art. 17): the branch and the people complained about never handle the case."""
    present = await facts_of(session, ticket.number)
    who, where = present.get("who"), present.get("where")
    staff = who is not None and (who.resolved or {}).get("kind") == "staff"
    at_branch = where is not None and (where.resolved or {}).get("kind") == "branch"
    branch = where.value if where is not None and at_branch else None
    for person in avoid:
        await keep_off_person(
            session,
            ticket,
            badge=person.badge,
            name=person.name,
            words=person.text,
            branch=branch,
            reason="asked",
            now=draft.now,
            source_message=await message_id(session, draft.conversation_id, draft.seq),
        )
    against = branch is not None and (kind.recuse or accuses(draft.reading.normalised, branch))
    if not (ticket.flags.get("staff_implicated") or (kind.recuse and staff) or against):
        return
    ticket.flags = {**ticket.flags, "staff_implicated": True}
    if branch is not None and where is not None:
        source = await message_id(session, draft.conversation_id, where.from_seq)
        await keep_off(
            session, ticket, kind="branch", value=branch, reason="branch", now=draft.now, source_message=source
        )
    if staff and who is not None and who.status == "given":
        told = who.resolved or {}
        await keep_off_person(
            session,
            ticket,
            badge=told.get("badge"),
            name=told.get("name"),
            role=told.get("role"),
            words=str(who.value),
            branch=branch,
            reason="named",
            now=draft.now,
            source_message=await message_id(session, draft.conversation_id, who.from_seq),
        )


def accuses(text: str, branch: str) -> bool:
    """Whether the branch itself is what somebody complains of: 投诉河西支行, and not 我要投诉，昨天在河西支行…."""
    return re.search(f"(?:投诉|客诉|举报)[^,。!?]{{0,6}}{re.escape(branch)}", text) is not None


async def _name_on_the_roster(session: AsyncSession, draft: TurnDraft, ticket: Ticket, taken: Taken) -> None:
    """投诉城南支行的钱小燕: a name that no pattern knows is one all the same when a colleague of that branch bears it."""
    present = await facts_of(session, ticket.number)
    where, who = present.get("where"), present.get("who")
    if where is None or where.value is None or (who is not None and who.status == "given"):
        return
    person = await named_in(session, draft.reading.normalised, where.value)
    if person is not None:
        resolved = {"kind": "staff", "name": person.name, "badge": person.work_no}
        await put_fact(
            session, ticket.number, "who", value=person.name, status="given", from_seq=draft.seq, resolved=resolved
        )
        taken.given.append("who")


def _flag(draft: TurnDraft, ticket: Ticket, facts: Facts, policy: Policy) -> None:
    reading, flags = draft.reading, dict(ticket.flags)
    if re.search(policy.intake["vulnerable"], reading.normalised):
        note_needs(ticket, reading.normalised, policy)
        flags = dict(ticket.flags)
    if reading.staff_implicated:
        flags["staff_implicated"] = True
    if reading.threat:
        flags["compliance"] = True
        flags["threat"] = reading.threat
    if reading.second_complaint:
        flags["second_complaint"] = True
    if facts.on_behalf:
        ticket.on_behalf = ticket.on_behalf or {"relation": facts.on_behalf, "authorisation": "pending"}
    if facts.contact_pref:
        ticket.contact_pref = facts.contact_pref
    if facts.remedy:
        keys = dict.fromkeys([*ticket.remedy, *(remedy.key for remedy in facts.remedy)])
        ticket.remedy = list(keys)
    ticket.flags = flags
