"""程序化: number, owner, real dates, what next – and afterwards every question about it (SD004; rules P1–P3)."""

from __future__ import annotations

from actions.base import DeskAction, Turn
from actions.decided import brings_proof
from actions.offers import look_up, make_offers
from desk.appointments.service import booked
from desk.changes.service import record
from desk.clocks.service import review_deadline
from desk.consents.service import record_consent
from desk.intake.group import tie_same_event
from desk.intake.plan import kind_of
from desk.intake.second import earlier_by_category, earlier_told, first_of, tie_to_first
from desk.intake.service import earlier_case, last_decided, present_case
from desk.policy.hours import say_date, say_time
from desk.reviews import service as reviews
from desk.reviews.service import DECIDED
from desk.tickets.again import ask_for_mediation
from desk.tickets.chasing import any_hour
from desk.tickets.ending import withdraw, withdrawn_text
from desk.tickets.merging import merged_into
from desk.tickets.models import Ticket
from desk.tickets.service import add_addition, register
from desk.tickets.states import may


def unit_of(turn: Turn, ticket: Ticket) -> str:
    """The role that owns the case, as told to the customer."""
    units = turn.policy.service.units
    causes = kind_of(turn.policy, ticket.intent).cause_jrt
    return next((units[cause] for cause in causes if cause in units), units["default"])


class Register(DeskAction):
    """Register the case and say everything the customer needs to know, once."""

    action_name = "action_register"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        ticket = await present_case(turn.session, draft)
        if ticket is None or (ticket.state != "draft" and ticket.registered_seq != draft.seq):
            number = ticket.number if ticket else ""
            turn.say(turn.text("procedure.already", number=number), phase="procedure")
            turn.stage("registered")
            return
        await tie_late(turn, ticket)
        done = await register(
            turn.session,
            ticket,
            rules=turn.policy,
            unit=unit_of(turn, ticket),
            now=draft.now,
            turn_id=draft.turn_id,
            seq=draft.seq,
        )
        await self._recuse(turn, ticket)
        await tie_same_event(turn.session, ticket, turn.policy)
        await self._note_consent(turn, ticket)
        text = registered_text(turn, done.ticket, done.code, done.dates.answer_by_duty)
        turn.say(text + await together_line(turn, ticket), phase="procedure")
        draft.memory.asked, draft.question = [], None
        turn.stage("registered")
        await offer_time(turn, ticket)

    async def _note_consent(self, turn: Turn, ticket: Ticket) -> None:
        """A yes to the read-back is a yes to what stands in it about the use of the data (3.3 `consent`)."""
        if turn.draft.args.get("confirmed") == "yes":
            await record_consent(
                turn.session,
                conversation_id=turn.draft.conversation_id,
                ticket=ticket.number,
                effect=f"handling:{ticket.number}",
                purpose="handling",
                text=turn.text("facts.read_back.consent"),
                given=True,
                now=turn.draft.now,
                seq=turn.draft.seq,
            )

    async def _recuse(self, turn: Turn, ticket: Ticket) -> None:
        """Row 8: the people concerned are kept off the case by rule, not by request (令2020/3 art. 17)."""
        if not ticket.flags.get("staff_implicated"):
            return
        await record(
            turn.session,
            conversation_id=turn.draft.conversation_id,
            ticket=ticket.number,
            effect=f"recusal:{ticket.number}",
            kind="change_person",
            rows=[8],
            answer="not_needed",
            now=turn.draft.now,
            mood=max(turn.draft.levels, default=0),
            target=ticket.owner,
            source="、".join(ticket.exclusions) or None,
            initiated_by="system",
            executed=True,
        )


async def tie_late(turn: Turn, ticket: Ticket) -> None:
    """Now that the kind and the contact are known: the same category was complained of not long ago (3.12 b)."""
    if ticket.state != "draft" or await first_of(turn.session, ticket) is not None:
        return
    found = await earlier_by_category(turn.session, ticket, turn.policy, turn.draft.now)
    found = found or await earlier_told(turn.session, turn.draft, ticket, turn.policy)
    if found is not None:
        await tie_to_first(turn.session, ticket, found, policy=turn.policy, now=turn.draft.now, seq=turn.draft.seq)


async def together_line(turn: Turn, ticket: Ticket) -> str:
    """That a second complaint is seen together with the first, by somebody else, and from when its clock counts."""
    first = await first_of(turn.session, ticket)
    if first is None or first.customer_id != ticket.customer_id:
        return ""
    return turn.text("procedure.second", first=first.case_number, received=say_date(ticket.received_at))


def registered_text(turn: Turn, ticket: Ticket, code: str | None, by_duty: bool) -> str:
    """The procedure message, with the dates of the ticket's own row."""
    now = turn.draft.now
    answer = say_time(ticket.answer_due or now, now)
    if by_duty:
        answer = turn.text("procedure.answer_due_duty", answer_due=answer)
    places = [name for name in ticket.exclusions if not name.isdigit()]
    exclusion = turn.text("procedure.exclusion", names="、".join(places)) if places else ""
    return turn.text(
        "procedure.registered",
        number=ticket.number,
        code=code or "",
        unit=ticket.owner,
        exclusion=exclusion,
        answer_due=answer,
        decision_due=say_date(ticket.decision_due or now),
        next_update=say_time(ticket.next_update_at or now, now),
        thanks=turn.text("gratitude.closing"),
    )


async def offer_time(turn: Turn, ticket: Ticket) -> None:
    """Nobody is at the desk, or the customer has no time now: a call at a time of his choosing (rows 16 and 18)."""
    from actions.times import say_slots

    draft = turn.draft
    situation, _ = await look_up(turn)
    closed = not situation.staffed
    busy = bool(draft.reading.acts & {"busy", "ask_other_time"}) or bool(draft.args.get("stop"))
    wanted = (closed or busy) and "change_time" not in situation.declined
    if wanted and await booked(turn.session, draft.conversation_id) is None:
        await say_slots(turn, rows=[row for row, on in ((16, closed), (18, busy)) if on], closed=closed)
    elif not closed:
        await offer_care(turn)


async def offer_care(turn: Turn) -> None:
    """Now that the case is safe: the seat and the place that suit a customer with a need, or of a tier (rows 14, 15)."""
    _, decision = await look_up(turn)
    if not {14, 15} & set(decision.rows):
        return
    sentence, buttons = await make_offers(turn, decision)
    if sentence:
        turn.say(sentence, phase="escalate", buttons=buttons)


class AddToTicket(DeskAction):
    """Evidence, additions and corrections after registration; before it they are simply facts."""

    action_name = "action_add_to_ticket"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        ticket = await earlier_case(turn.session, draft)
        if ticket is None:
            if not await brings_proof(turn):
                turn.say(turn.text("facts.nothing_to_repeat"), phase="open")
            return
        kind = (
            "correction"
            if turn.intent == "correct_info"
            else "evidence"
            if draft.reading.facts.evidence
            else "new_fact"
        )
        await add_addition(
            turn.session, ticket, effect=draft.effect("add"), kind=kind, text=draft.text, by="customer", now=draft.now
        )
        turn.say(turn.text("procedure.added", number=ticket.number), phase="track")


class Withdraw(DeskAction):
    """Confirmed once, then done the same day (令2020/3 art. 15)."""

    action_name = "action_withdraw"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        ticket = await earlier_case(turn.session, draft) or await present_case(turn.session, draft)
        if ticket is not None and ticket.state == "merged":
            ticket = await merged_into(turn.session, ticket)
        if ticket is None or not may(ticket, "withdrawn"):
            turn.say(self._why_not(turn, ticket), phase="track")
        elif draft.args.get("confirmed") is True:
            await withdraw(turn.session, ticket, now=draft.now)
            turn.say(withdrawn_text(ticket, draft.now), phase="track")
            turn.stage("open")
        elif draft.args.get("confirmed") is False:
            turn.say(turn.text("procedure.withdraw.kept", number=ticket.number), phase="track")
        else:
            draft.question = {"kind": "withdraw", "number": ticket.number}
            turn.say(
                turn.text("procedure.withdraw.confirm", number=ticket.number),
                phase="track",
                asked=["confirm"],
                buttons=[
                    ("撤回", {"intent": "withdraw_complaint", "args": {"confirmed": True}}),
                    ("不撤回", {"intent": "withdraw_complaint", "args": {"confirmed": False}}),
                ],
            )

    @staticmethod
    def _why_not(turn: Turn, ticket: Ticket | None) -> str:
        if ticket is None:
            return turn.text("procedure.withdraw.none")
        if ticket.state == "withdrawn" and ticket.closed_at is not None:
            at = say_time(ticket.closed_at, turn.draft.now)
            return turn.text("procedure.withdraw.already", number=ticket.number, at=at)
        if ticket.decided_at is not None:
            return turn.text("procedure.withdraw.decided", number=ticket.number)
        return turn.text("procedure.withdraw.none")


class SetContact(DeskAction):
    """How the customer wants to hear from us."""

    action_name = "action_set_contact"

    async def act(self, turn: Turn) -> None:
        preference = turn.draft.reading.facts.contact_pref or "chat"
        ticket = await earlier_case(turn.session, turn.draft) or await present_case(turn.session, turn.draft)
        at_night = ""
        if ticket is not None:
            ticket.contact_pref = preference
            wish = any_hour(turn.draft.reading.normalised)
            if wish is not None:
                ticket.flags = {**ticket.flags, "any_hour": wish}
                at_night = turn.text(f"procedure.contact.{'any_hour' if wish else 'not_at_night'}")
        turn.draft.question = turn.draft.previous_question
        turn.say(turn.text(f"procedure.contact.{preference}") + at_night, phase="track")


class RequestReview(DeskAction):
    """核查 by the upper level within 30 days of the decision (令2020/3 art. 20), or mediation."""

    action_name = "action_request_review"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        decided = await last_decided(turn.session, draft)
        if decided is None:
            turn.say(turn.text("procedure.review.none"), phase="track")
            return
        if "调解" in draft.text:
            await arrange_mediation(turn, decided, "procedure.review.mediation")
            return
        await open_review(turn, decided)


async def arrange_mediation(turn: Turn, ticket: Ticket, key: str) -> None:
    """Note that mediation is wanted, and say in the words of `key` where one goes and by when he hears more."""
    due = await ask_for_mediation(
        turn.session,
        ticket,
        effect=turn.draft.effect("mediation"),
        policy=turn.policy,
        now=turn.draft.now,
        turn_id=turn.draft.turn_id,
    )
    told = {"number": ticket.case_number, "next_update": say_time(due, turn.draft.now)}
    turn.say(turn.text(key, **told) + turn.text("procedure.review.where_to_mediate"), phase="track")


async def open_review(turn: Turn, decided: Ticket) -> Ticket | None:
    """Open a review ticket at the upper level, or say politely why not and what else there is; None then."""
    draft = turn.draft
    told = decided.notified_at
    if told is None or decided.state not in DECIDED:
        turn.say(turn.text("procedure.review.not_yet", number=decided.number), phase="track")
        return None
    until = review_deadline(turn.policy, decided, told)
    if draft.now > until:
        turn.say(turn.text("procedure.review.window", parent=decided.number, until=say_date(until)), phase="track")
        return None
    done = await reviews.open_review(
        turn.session,
        decided,
        policy=turn.policy,
        received_at=draft.received_at,
        now=draft.now,
        turn_id=draft.turn_id,
        seq=draft.seq,
    )
    review = done.ticket
    turn.say(
        turn.text(
            "procedure.review.opened",
            parent=decided.number,
            number=review.number,
            due=say_date(review.decision_due or until),
        ),
        phase="procedure",
    )
    draft.case_number = review.number
    turn.stage("registered")
    return review


ACTIONS = [
    Register(),
    AddToTicket(),
    Withdraw(),
    SetContact(),
    RequestReview(),
]
