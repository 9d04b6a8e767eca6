"""回访: what the customer says after the decision is understood by what was asked (3-dialogue.md 3.11)."""

from __future__ import annotations

from typing import Any

from actions.base import DeskAction, Turn
from actions.offers import Buttons
from actions.procedure import arrange_mediation, open_review
from desk.changes.service import record
from desk.clocks.service import review_deadline
from desk.closing.service import settle_follow_up
from desk.intake.heard import complaint_heard
from desk.intake.plan import kind_of
from desk.policy.hours import say_date
from desk.recusal.service import keep_off_person, message_id
from desk.surveys.models import Survey
from desk.surveys.service import RECOVERY, SCORES, active, answer, decline_survey, planned, unclear
from desk.tickets.again import Again, take_up_again
from desk.tickets.models import Ticket
from desk.tickets.service import facts_of, get_ticket

SOLVED = ("solved", "partly", "no")


class RecordSatisfaction(DeskAction):
    """Store the answer, thank, and when it was not put right: one reason, then what can be done."""

    action_name = "action_record_satisfaction"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        survey = await active(turn.session, draft.conversation_id)
        if turn.intent == "decline_survey" or draft.args.get("declined"):
            await self._decline(turn, survey)
            return
        if survey is None:
            turn.say(turn.text("follow_up.thanks_more"), phase="follow_up")
            return
        value = draft.args.get("answer")
        if value is None:
            following = await unclear(turn.session, survey, now=draft.now)
        else:
            draft.args["item"] = survey.item
            following = await answer(
                turn.session,
                survey,
                value,
                now=draft.now,
                contradiction=bool(draft.args.get("contradiction")),
                cause_six=cause_told(turn) if survey.item == "reason" else None,
            )
        if following is None or following.item is not None:
            await ask_item(turn, survey, again=following is None)
            return
        ticket = await get_ticket(turn.session, survey.ticket)
        await self._finish(turn, survey, ticket, following.say)

    async def _decline(self, turn: Turn, survey: Survey | None) -> None:
        """Also before anything was asked: what is planned is not sent then."""
        for one in [survey] if survey is not None else await planned(turn.session, turn.draft.conversation_id):
            await decline_survey(turn.session, one, now=turn.draft.now)
            ticket = await get_ticket(turn.session, one.ticket)
            await settle_follow_up(turn.session, ticket, policy=turn.policy, now=turn.draft.now)
        turn.say(turn.text("follow_up.declined"), phase="follow_up")

    async def _finish(self, turn: Turn, survey: Survey, ticket: Ticket, say: str) -> None:
        draft = turn.draft
        await settle_follow_up(turn.session, ticket, policy=turn.policy, now=draft.now)
        if say == "recovery_redo":
            await redo(turn, survey, ticket)
        elif say == "recovery_review":
            await open_review(turn, ticket)
        elif say == "recovery_mediation":
            await arrange_mediation(turn, ticket, "follow_up.mediation")
        elif say == "thanks":
            survey.item = "comment"
            draft.question = {"kind": "survey", "item": "comment"}
            turn.say(turn.text("follow_up.thanks"), phase="follow_up")
        else:
            key = "later" if say == "recovery_later" else "thanks_more"
            turn.say(turn.text(f"follow_up.{key}"), phase="follow_up")


def cause_told(turn: Turn) -> int | None:
    """Which of the six causes the reason names: that of the kind of complaint in it, or what training reads in it."""
    kind = kind_of(turn.policy, complaint_heard(turn.policy, turn.intent, turn.predicted, turn.draft.reading))
    return kind.cause_six or turn.draft.reading.cause_six


async def ask_item(turn: Turn, survey: Survey, *, again: bool = False) -> None:
    """Ask the item that stands now; an unclear answer is asked about once, in other words."""
    item = survey.item or "solved"
    draft = turn.draft
    draft.question = {"kind": "survey", "item": item}
    values: dict[str, Any] = {"number": survey.ticket, "at": "", "until": await last_day_for_review(turn, survey)}
    key = f"follow_up.{item}"
    if again:
        key = "follow_up.range" if item in SCORES else f"follow_up.again.{item}"
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


async def redo(turn: Turn, survey: Survey, decided: Ticket) -> None:
    """Another colleague starts afresh: second complaint, cause 6, the earlier handler kept off it (SD015, SD028)."""
    draft = turn.draft
    again = await take_up_again(
        turn.session,
        decided,
        reason=survey.reason or "",
        policy=turn.policy,
        received_at=draft.received_at,
        now=draft.now,
        turn_id=draft.turn_id,
        seq=draft.seq,
    )
    ticket = again.ticket
    avoid = await keep_off_named(turn, ticket)
    await record(
        turn.session,
        conversation_id=draft.conversation_id,
        ticket=ticket.number,
        effect=f"redo:{ticket.number}:{ticket.round}",
        kind="change_person",
        rows=[7],
        answer="accepted",
        now=draft.now,
        mood=draft.reading.mood.level,
        target=ticket.owner,
        source=again.former or None,
        executed=True,
    )
    draft.case_number = ticket.number
    turn.say(redone_text(turn, again, decided, avoid), phase="follow_up")
    turn.stage("registered")


def redone_text(turn: Turn, again: Again, decided: Ticket, avoid: list[str]) -> str:
    """Who goes on with it, under which number, and whether the clock began anew."""
    due, number = say_date(again.due), again.ticket.case_number
    names = turn.text("follow_up.redo_avoid", names="、".join(avoid)) if avoid else ""
    if again.ticket.number != decided.number:
        days, first = turn.policy.casework.second.reopen_days, decided.case_number
        new = {"number": number, "first": first, "days": days, "code": again.code or "", "decision_due": due}
        return turn.text("follow_up.redo_new", avoid=names, **new)
    clock = turn.text(f"follow_up.redo_clock.{again.restarted or 'same'}", decision_due=due)
    return turn.text("follow_up.redo", avoid=names, clock=clock, number=number)


async def keep_off_named(turn: Turn, ticket: Ticket) -> list[str]:
    """Whoever the customer does not want to deal with any more; returns the names as he said them."""
    draft = turn.draft
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
    return [who.badge or who.name or who.text for who in draft.reading.facts.avoid]


ACTIONS = [RecordSatisfaction()]
