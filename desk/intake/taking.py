"""Taking facts out of what the customer said, into the case. Nothing is guessed and everything is traceable (F1, F2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.changes.places import note_needs
from desk.clock import local
from desk.conversations.draft import TurnDraft
from desk.intake.plan import Kind, kind_of, pointed_out
from desk.policy.schemas import Policy
from desk.reading.facts.corrections import read_correction, takes_back
from desk.reading.facts.spans import Cover
from desk.reading.facts.when_say import describe
from desk.reading.lexicon import clauses
from desk.reading.schemas import CORRECTS, Amount, Facts, Span, When, Who
from desk.recusal.service import keep_off, keep_off_person, message_id
from desk.tickets.models import Ticket, TicketFact
from desk.tickets.service import add_item, facts_of, items_of, put_fact

STORY_LIMIT = 2000
SHORTEST_STORY = 4
"""Characters of a clause that no other fact explains."""


@dataclass
class Taken:
    """What one turn added to the case."""

    given: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    new_items: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    another: bool = False
    """The turn tells a further grievance."""
    story: str = ""
    """What was told of the matter itself, in the customer's words."""

    @property
    def anything(self) -> bool:
        """Whether the turn moved the case forward at all."""
        return bool(self.given or self.skipped or self.refused or self.new_items or self.corrected)


def iso(when: When) -> str | None:
    """An ISO date, time or interval, as exact as the customer was."""
    if when.start_at is None:
        return None
    start, end = local(when.start_at), local(when.end_at) if when.end_at else None
    if when.precision == "day":
        return start.date().isoformat()
    if when.precision in ("minute", "hour") or end is None:
        return start.isoformat()
    if when.precision in ("week", "month", "year", "range") and (start.hour, start.minute) == (0, 0):
        return f"{start.date().isoformat()}/{end.date().isoformat()}"
    return f"{start.isoformat()}/{end.isoformat()}"


def split_items(text: str, pattern: str) -> list[str]:
    """The grievances in one message: told apart only by the customer's own 另外 / 第二 / 还有就是 (SD010)."""
    pieces = [piece.strip(" ,，。;；、:：") for piece in re.split(pattern, text)]
    pieces = [
        re.sub(r"^我?(?:要|想)?(?:投诉|反映)[两二三几]?[件个点](?:事|问题)?[,，:： ]*", "", piece) for piece in pieces
    ]
    pieces = [re.sub(r"^(?:第一[件个]?|首先|[1１一][、.．])", "", piece).strip(" ,，:：") for piece in pieces]
    long = [piece for piece in pieces if len(piece) >= 6]
    return long if len(long) > 1 else [text]


async def take_facts(
    session: AsyncSession, draft: TurnDraft, ticket: Ticket, policy: Policy, *, another: bool = False
) -> Taken:
    """Write everything this turn tells into the case, and settle what had been asked.

    What is told of `another` grievance fills only what the first left open; they share when and where (3.13).
    """
    taken = Taken(another=another)
    facts, present = with_corrections(draft), await facts_of(session, ticket.number)
    await _write_told(session, draft, ticket, facts, present, policy, taken)
    await _write_story(session, draft, ticket, facts, policy, taken)
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
        if before and told_before and key == "who" and _only_looks(resolved) and not _corrects(draft):
            # 3号窗口, then 女的,戴眼镜: both point at the same person.
            value, resolved = f"{before.value}，{value}", before.resolved
        if key == "remedy" and before is not None and before.value and "remedy" not in draft.memory.asked:
            value = before.value if value in before.value else f"{before.value}；{value}"
        await put_fact(session, ticket.number, key, value=value, status="given", from_seq=draft.seq, resolved=resolved)
        (taken.corrected if before is not None and before.value != value and _corrects(draft) else taken.given).append(
            key
        )


def wished_for(facts: Facts) -> set[str]:
    """Facts named only in the wish (主管打电话来道歉): they change nothing that was told of the event."""
    wish = facts.wish
    if wish is None:
        return set()
    spans = {"when": facts.when, "where": facts.where, "who": facts.who, "amount": facts.amount}
    return {
        key for key, named in spans.items() if named and all(wish.start <= s.start and s.end <= wish.end for s in named)
    }


def told(facts: Facts, draft: TurnDraft, policy: Policy) -> dict[str, tuple[str, dict[str, Any] | None]]:
    """Fact key → the customer's words and what they resolve to."""
    found: dict[str, tuple[str, dict[str, Any] | None]] = {}
    if facts.when:
        first = _told_best(facts.when)
        found["when"] = (
            "、".join(when.text for when in facts.when),
            {"iso": iso(first), "said": describe(first, draft.now), "precision": first.precision},
        )
    media = r"抖音|快手|微博|小红书|黑猫|朋友圈" if draft.reading.threat == "media" else r"(?!)"
    places = [
        where
        for where in facts.where
        if not re.search(media, where.text) and _fits(where, draft, where.kind == "place", policy.intake["place_like"])
    ]
    if places:
        best = sorted(places, key=lambda where: ("branch", "place", "device", "channel").index(where.kind))[0]
        found["where"] = (best.canonical, {"kind": best.kind, "text": best.text})
    people = [
        who
        for who in facts.who
        if not _insult(who, draft)
        and not _threatened_with(who, draft)
        and not _called_for(who, draft)
        and _fits(who, draft, not who.name, policy.intake["person_like"])
    ]
    if people:
        names = [who for who in people if who.name or who.badge] or people
        found["who"] = (
            "、".join(dict.fromkeys(who.text for who in people)),
            {"kind": names[0].kind, "name": names[0].name, "badge": names[0].badge, "role": names[0].role},
        )
    if facts.amount:
        found["amount"] = (
            "、".join(dict.fromkeys(amount.text for amount in facts.amount)),
            _sums(facts.amount),
        )
    elif facts.sum_in_words:
        found["amount"] = (facts.sum_in_words.text, None)
    if facts.remedy:
        found["remedy"] = (
            facts.wish.text if facts.wish else "、".join(dict.fromkeys(remedy.text for remedy in facts.remedy)),
            {"keys": list(dict.fromkeys(remedy.key for remedy in facts.remedy))},
        )
    for key, span in (
        ("account_tail", facts.account_tail),
        ("institution", facts.institution[0] if facts.institution else None),
        ("why", facts.why),
        ("evidence", facts.evidence),
        ("promise", facts.promise),
    ):
        if span is not None:
            found[key] = (span.text, None)
    if facts.channel_used:
        found["channel_used"] = (facts.channel_used, None)
    if facts.product:
        found["product"] = ("、".join(facts.product), None)
    if facts.contact_pref:
        found["contact"] = (facts.contact_pref, None)
    return found


JUST_NOW = ("刚才", "刚刚", "刚", "剛才", "剛剛", "啱啱", "头先", "頭先")


def _told_best(whens: Sequence[When]) -> When:
    """The first time told; of 刚才,十点左右 the hour."""
    exact = (when for when in whens if when.text not in JUST_NOW and when.start_at is not None)
    return next(exact, whens[0]) if whens[0].text in JUST_NOW else whens[0]


def _called_for(who: Who, draft: TurnDraft) -> bool:
    """The boss somebody calls for (叫你们主管来) had no part in what happened."""
    return "ask_supervisor" in draft.reading.acts and re.fullmatch(BOSS, who.text) is not None


def _insult(who: Who, draft: TurnDraft) -> bool:
    """骗子 shouted at the bank is a feeling, not a person in the case."""
    return who.kind == "impostor" and who.text in ("骗子", "騙子") and draft.reading.risk is None


def _threatened_with(who: Who, draft: TurnDraft) -> bool:
    """The lawyer somebody threatens to go to had no part in what happened."""
    return draft.reading.threat == "legal" and who.text.startswith("律")


def _fits(span: Span, draft: TurnDraft, doubtful: bool, looks: str) -> bool:
    """Whether a fact that swallowed the whole answer really looks like one; a sentence is no place and no person."""
    whole = len(span.text.strip()) >= len(draft.text.strip(" ,，。!！?？\n")) and len(draft.text) > 1
    rest = draft.reading.normalised
    for when in draft.reading.facts.when:
        # The 号 of 8号 is no window.
        rest = rest.replace(when.text, "")
    return not (doubtful and whole) or re.search(looks, rest) is not None


def with_corrections(draft: TurnDraft) -> Facts:
    """The facts as the customer means them: of 不是五百,是三百 only the new sum counts."""
    facts = draft.reading.facts
    slip = takes_back(draft.reading.normalised)
    repaired = read_correction(draft.reading.normalised, draft.now) if slip or _corrects(draft) else {}
    if not repaired:
        return facts
    changed: dict[str, Any] = {}
    for slot, value in repaired.items():
        changed[slot] = value if slot == "account_tail" else (value,)
    # What a correction says is no new story; a slip mended in the telling is.
    return facts.model_copy(update={**changed, "what": facts.what if slip else None})


def _corrects(draft: TurnDraft) -> bool:
    said = "correct" in draft.reading.acts and re.search(CORRECTS, draft.reading.normalised) is not None
    return said or draft.intent == "correct_info"


def _better(key: str, before: TicketFact, value: str, resolved: dict[str, Any] | None, draft: TurnDraft) -> bool:
    """Whether what is said now replaces what stood there: asked for, corrected, or more exact."""
    if key in draft.memory.asked or _corrects(draft) or draft.question_is("confirm"):
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


async def _write_story(
    session: AsyncSession, draft: TurnDraft, ticket: Ticket, facts: Facts, policy: Policy, taken: Taken
) -> None:
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
                cause_six=kind.cause_six if n == 0 else None,
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
        cause_six=kind.cause_six,
        cause_jrt=kind.cause_jrt,
        from_seq=draft.seq,
        amount=sums_in(draft.reading.facts, draft.text),
    )
    taken.new_items.append(what)


def sums_in(facts: Facts, piece: str) -> dict[str, Any] | None:
    """The sums told with one grievance, which are its own and not those of the case."""
    told_here = [amount for amount in facts.amount if amount.text in piece]
    return _sums(told_here) if told_here else None


def _sums(amounts: Sequence[Amount]) -> dict[str, Any]:
    return {"values": [amount.value for amount in amounts], "currency": amounts[0].currency}


OTHERS = "(?<!我)是(?:谁|哪位)[^,。]{0,2}(?:不想|不便|不能|不方便|不好|不愿)"
"""Will not say who somebody else was; that refuses no name of his own."""
BOSS = "经理|领导|主管|负责人|行长|主任|老板|上级|經理|領導|主管|負責人|行長|老闆|上級"
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
    if not (ticket.flags.get("staff_implicated") or (kind.recuse and staff)):
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
