"""回访: what the customer says after the decision is understood by what was asked (3-dialogue.md 3.11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from actions.base import DeskAction, Turn
from actions.offers import Buttons
from desk.changes.service import record
from desk.clocks.service import raise_again, review_deadline
from desk.closing.service import settle_follow_up
from desk.policy.hours import say_date, say_time
from desk.reading.answers import tells_new_facts
from desk.reading.normalise import normalise
from desk.recusal.service import keep_off_handlers, keep_off_person, message_id
from desk.surveys.models import Survey
from desk.surveys.service import RECOVERY, SCORES, active, answer, decline_survey
from desk.tickets.models import Ticket
from desk.tickets.owning import own
from desk.tickets.service import add_addition, add_item, facts_of, get_ticket, items_of, promise_dates
from desk.tickets.states import move

SOLVED = ("solved", "partly", "no")


class RecordSatisfaction(DeskAction):
    """Store the answer, thank, and when it was not put right: one reason, then what can be done."""

    action_name = "action_record_satisfaction"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        survey = await active(turn.session, draft.conversation_id)
        if survey is None:
            turn.say(turn.text("follow_up.thanks_more"), phase="follow_up")
            return
        if turn.intent == "decline_survey" or draft.args.get("declined"):
            await decline_survey(turn.session, survey)
            ticket = await get_ticket(turn.session, survey.ticket)
            await settle_follow_up(turn.session, ticket, policy=turn.policy, now=draft.now)
            turn.say(turn.text("follow_up.declined"), phase="follow_up")
            return
        value = draft.args.get("answer")
        if value is None:
            await ask_item(turn, survey, again=True)
            return
        draft.args["item"] = survey.item
        following = await answer(turn.session, survey, value, now=draft.now)
        ticket = await get_ticket(turn.session, survey.ticket)
        if following.item is None:
            await self._finish(turn, survey, ticket, following.say)
            return
        await ask_item(turn, survey)

    async def _finish(self, turn: Turn, survey: Survey, ticket: Ticket, say: str) -> None:
        await settle_follow_up(turn.session, ticket, policy=turn.policy, now=turn.draft.now)
        if say == "recovery_redo":
            await redo(turn, survey, ticket)
        elif say == "recovery_review":
            from actions.procedure import open_review

            await open_review(turn, ticket)
        elif say == "recovery_mediation":
            ticket.next_update_at = turn.draft.now + timedelta(hours=24)
            await promise_dates(turn.session, ticket, turn_id=turn.draft.turn_id, now=turn.draft.now)
            due = say_time(ticket.next_update_at, turn.draft.now)
            turn.say(turn.text("follow_up.mediation", next_update=due), phase="follow_up")
        elif say == "recovery_later":
            turn.say(turn.text("follow_up.later"), phase="follow_up")
        else:
            turn.say(turn.text("follow_up.thanks"), phase="follow_up")


async def ask_item(turn: Turn, survey: Survey, *, again: bool = False) -> None:
    """Ask the item that stands now; an unclear answer is asked about once, in other words."""
    item = survey.item or "solved"
    draft = turn.draft
    draft.question = {"kind": "survey", "item": item}
    values: dict[str, Any] = {"number": survey.ticket, "at": "", "until": await last_day_for_review(turn, survey)}
    key = f"follow_up.{item}"
    if again and item in SCORES:
        key = "follow_up.range"
    if item == "reason" and draft.args.get("contradiction"):
        key = "follow_up.contradiction"
    turn.say(turn.text(key, **values), phase="follow_up", asked=[item], buttons=buttons_of(turn, item))


async def last_day_for_review(turn: Turn, survey: Survey) -> str:
    """The last day on which a review may be asked for, counted from the notice (令2020/3 art. 20)."""
    ticket = await get_ticket(turn.session, survey.ticket)
    return say_date(review_deadline(turn.policy, ticket, ticket.notified_at or turn.draft.now))


def buttons_of(turn: Turn, item: str) -> Buttons:
    """What can be tapped for an item."""
    if item == "solved":
        intents = {"solved": "confirm_resolved", "partly": "confirm_resolved", "no": "give_score"}
        return [
            (turn.text(f"follow_up.buttons.{value}"), {"intent": intents[value], "args": {"answer": value}})
            for value in SOLVED
        ]
    if item in SCORES:
        return [(f"{n}分", {"intent": "give_score", "args": {"answer": n}}) for n in range(5, 0, -1)]
    if item == "recovery":
        return [
            (turn.text(f"follow_up.buttons.{value}"), {"intent": "give_score", "args": {"answer": value}})
            for value in RECOVERY
        ]
    return []


async def redo(turn: Turn, survey: Survey, ticket: Ticket) -> None:
    """Another colleague starts afresh: second complaint, cause 6, the earlier handler kept off it (SD015, SD028)."""
    draft = turn.draft
    avoid = [who.badge or who.name or who.text for who in draft.reading.facts.avoid]
    earlier = [ticket.owner] if ticket.owner and ticket.owner.isdigit() else []
    decided_by = str((ticket.decision or {}).get("by") or "")
    where = (await facts_of(turn.session, ticket.number)).get("where")
    for who in draft.reading.facts.avoid:
        await keep_off_person(
            turn.session,
            ticket,
            badge=who.badge,
            name=who.name,
            words=who.text,
            branch=where.value if where is not None else None,
            reason="asked",
            now=draft.now,
            source_message=await message_id(turn.session, draft.conversation_id, draft.seq),
        )
    await keep_off_handlers(turn.session, ticket, ticket, now=draft.now)
    move(turn.session, ticket, "reopened", by="customer", now=draft.now, reason="客户对结果不满意，换人重新处理")
    ticket.flags = {**ticket.flags, "second_complaint": True}
    ticket.priority = min(ticket.priority, "P1")
    await own(
        turn.session, ticket, turn.policy.service.unit, by="customer", now=draft.now, reason="客户不满意，换人重新处理"
    )
    items = await items_of(turn.session, ticket.number)
    reason = str(survey.answers.get("reason") or "")
    await add_item(
        turn.session,
        ticket,
        effect="second",
        what=reason or (items[0].what if items else "对处理结果不满意"),
        intent="complain_unresolved",
        cause_six=6,
        cause_jrt=items[0].cause_jrt if items else [],
        from_seq=draft.seq,
    )
    new_facts = tells_new_facts(normalise(reason))
    if new_facts:
        await add_addition(
            turn.session, ticket, effect=draft.effect("new"), kind="new_fact", text=reason, by="customer", now=draft.now
        )
    decision_due = await raise_again(turn.session, turn.policy, ticket, new_facts=new_facts, now=draft.now)
    ticket.next_update_at = draft.now + timedelta(hours=24)
    await promise_dates(turn.session, ticket, turn_id=draft.turn_id, now=draft.now)
    await record(
        turn.session,
        conversation_id=draft.conversation_id,
        ticket=ticket.number,
        effect=f"redo:{ticket.number}:{len(survey.history)}",
        kind="change_person",
        rows=[7],
        answer="accepted",
        now=draft.now,
        mood=draft.reading.mood.level,
        target=ticket.owner,
        source="、".join(earlier) or decided_by or None,
        executed=True,
    )
    draft.case_number = ticket.number
    due = say_date(decision_due)
    clock = turn.text("follow_up.redo_restart" if new_facts else "follow_up.redo_same", decision_due=due)
    names = turn.text("follow_up.redo_avoid", names="、".join(avoid)) if avoid else ""
    turn.say(turn.text("follow_up.redo", avoid=names, clock=clock), phase="follow_up")
    turn.stage("registered")


ACTIONS = [RecordSatisfaction()]
