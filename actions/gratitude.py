"""心怀感激: thank, apologise, soothe – before anything is asked (SD002, SD005, SD016; rules G1–G3)."""

from __future__ import annotations

from actions.base import DeskAction, Turn
from actions.decided import brings_proof
from actions.offers import Buttons, look_up, make_offers
from desk.clocks.service import review_deadline
from desk.intake.heard import complaint_heard
from desk.intake.plan import kind_of
from desk.intake.second import Earlier, earlier_told, first_of, tie_to_first
from desk.intake.service import earlier_case, flag_compliance, open_case, present_case
from desk.intake.taking import take_facts
from desk.intake.wording import telling
from desk.knowledge.service import search
from desk.policy.hours import say_date, say_time
from desk.promises.service import apology_owed, promise_missed
from desk.reviews.service import DECIDED
from desk.tickets.chasing import Asked, about_same, asks_after, note_asking, wants_news
from desk.tickets.models import Ticket
from desk.tickets.service import facts_of, items_of, promise_dates
from desk.tickets.states import UNDER_WAY
from desk.updates.progress import progress_line

FACT_KEYS = {"when", "where", "who", "amount", "what"}
LASTING = ("range", "vague")
BARE_FEELING = ("express_emotion", "abuse_profanity")


class ThankAndApologise(DeskAction):
    """The first words after a complaint. They thank and apologise, name the thing, and ask nothing while mood ≥ 2."""

    action_name = "action_thank_and_apologise"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        earlier = await earlier_case(turn.session, draft)
        if earlier is not None and await chases(turn, earlier):
            await answer_chase(turn, earlier)
            return
        if earlier is None and await brings_proof(turn):
            return
        intent = kind_heard(turn)
        before = await present_case(turn.session, draft)
        if before is None or before.state != "draft":
            draft.memory.soothed, draft.memory.asks, draft.memory.skips_in_row = 0, 0, 0
            draft.memory.chased = 0
            draft.memory.asked, draft.memory.asked_times, draft.memory.read_back = [], {}, []
        ticket = await open_case(turn.session, draft, turn.policy, intent=intent)
        draft.args["taken"] = await take_facts(turn.session, draft, ticket, turn.policy)
        if await first_of(turn.session, ticket) is None:
            first = await earlier_told(turn.session, draft, ticket, turn.policy)
            if first is not None:
                await tie_to_first(turn.session, ticket, first, policy=turn.policy, now=draft.now, seq=draft.seq)
                draft.args["second"] = first
        await greet_complaint(turn, ticket)


def kind_heard(turn: Turn) -> str:
    """The kind of complaint that this turn tells."""
    return complaint_heard(turn.policy, turn.intent, turn.predicted, turn.draft.reading)


async def chases(turn: Turn, earlier: Ticket) -> bool:
    """Whether this is about the case that is already in hand, rather than a new complaint (3.12)."""
    reading = turn.draft.reading
    if turn.intent in ("complain_unresolved", "query_ticket_status"):
        return True
    missed = await promise_missed(turn.session, earlier.number, turn.draft.now)
    if missed and (turn.intent == "complain_promise_broken" or reading.awaits):
        return True
    # 一个月了还没 is how long it has taken; a day or an hour is something new.
    if any(when.precision not in LASTING for when in reading.facts.when) or not await same_sum(turn, earlier):
        return False
    items = await items_of(turn.session, earlier.number)
    bare = (
        turn.intent in BARE_FEELING
        or reading.second_complaint
        or (turn.draft.stage == "registered" and not reading.facts.where)
    )
    return about_same(reading.normalised, earlier, turn.intent, what="；".join(item.what for item in items), bare=bare)


async def asked_after(turn: Turn) -> Ticket | None:
    """The case in hand when a message that sounds like an enquiry asks how it stands (3.8)."""
    earlier = await earlier_case(turn.session, turn.draft)
    if earlier is None or turn.draft.stage not in ("open", "registered"):
        return None
    what = "；".join(item.what for item in await items_of(turn.session, earlier.number))
    if asks_after(turn.draft.reading.normalised, what):
        return earlier
    # 怎么没有消息 names no subject; that a promise of ours is overdue tells which case is meant.
    overdue = turn.draft.reading.awaits and await promise_missed(turn.session, earlier.number, turn.draft.now)
    return earlier if overdue else None


async def same_sum(turn: Turn, earlier: Ticket) -> bool:
    """Whether no other sum is named than the one in the record: 那280块到底退不退 is still about the 280."""
    told = {amount.value for amount in turn.draft.reading.facts.amount}
    known = (await facts_of(turn.session, earlier.number)).get("amount")
    return told <= set((known.resolved or {}).get("values", []) if known is not None else [])


async def answer_chase(turn: Turn, ticket: Ticket, *, opening: str | None = None, asked: Asked | None = None) -> None:
    """Real progress, an apology, and – when it happened before – another person (3.8, 3.12).

    The second time in a row nothing new stands in the record, and a third apology would be one too many (3.4).
    """
    draft, memory = turn.draft, turn.draft.memory
    draft.case_number = ticket.number
    asked = asked or await note_asking(turn.session, ticket, draft=draft, policy=turn.policy)
    if draft.reading.threat:
        await flag_compliance(turn.session, draft, ticket, kind_of(turn.policy, ticket.intent))
    _, decision = await look_up(turn)
    offer, buttons = await make_offers(turn, decision)
    thanks = "" if any("谢" in said for said in memory.last_said) else turn.text("gratitude.thanks")
    first = thanks + turn.text("gratitude.feeling.unresolved") if opening is None else opening
    words = (first, turn.text("gratitude.chase_again"), turn.text("gratitude.chase_still"))[min(memory.chased, 2)]
    # A promise of ours that is known to be broken is named once, as our own doing (3.7 no. 12).
    broken = await apology_owed(turn.session, ticket.number) if opening is None else None
    if broken is not None:
        draft.args["apologised"] = broken.id
        words = thanks + turn.text("gratitude.missed", due=say_time(broken.due_at, draft.now))
    asks = memory.chased == 0 or turn.intent == "query_ticket_status" or wants_news(draft.reading.normalised)
    line = await standing(turn, ticket, nearer=asked.nearer) if asks or asked.nearer else ""
    if asked.made_second:
        line, buttons = line + turn.text("gratitude.second"), buttons_with_second(turn, ticket, buttons)
    memory.soothed, memory.chased = memory.soothed + 1, memory.chased + 1
    turn.say(words + line + offer, phase="escalate" if offer else "track", buttons=buttons)
    turn.stage("registered")


async def answer_asking(turn: Turn, ticket: Ticket, asked: Asked, *, lead: str = "") -> None:
    """A question how it stands, which is no complaint: thanks for it, and `lead` goes before the words."""
    opening = lead + turn.text(f"procedure.status.{'chase' if asked.chase else 'asked'}")
    await answer_chase(turn, ticket, opening=opening, asked=asked)


async def standing(turn: Turn, ticket: Ticket, *, nearer: bool = False) -> str:
    """Where the case stands, with dates that are promises (rule P2)."""
    draft = turn.draft
    if ticket.state in UNDER_WAY:
        # A promise about a case of another conversation is nothing this turn's end could open.
        turn_id = draft.turn_id if ticket.conversation_id == draft.conversation_id else None
        await promise_dates(turn.session, ticket, turn_id=turn_id, now=draft.now, kinds=("decision", "update"))
    return await progress_line(turn.session, ticket, draft.now, nearer=nearer)


def buttons_with_second(turn: Turn, ticket: Ticket, buttons: Buttons) -> Buttons:
    """It can be refused with the offers of another person, or, when none is made, by itself."""
    draft = turn.draft
    if not buttons:
        draft.question = {"kind": "second"}
        no = {"intent": "decline_change", "args": {"kinds": ["second_complaint"]}}
        buttons = [(turn.text("changes.button.no_second"), no)]
    draft.question = {**(draft.question or {}), "second": ticket.number}
    return buttons


async def greet_complaint(turn: Turn, ticket: Ticket) -> None:
    """Compose the gratitude message and decide whether facts may follow."""
    draft, memory = turn.draft, turn.draft.memory
    _, decision = await look_up(turn)
    public = draft.place == "public"
    parts = [turn.text("gratitude.public")] if public else gratitude_parts(turn, ticket)
    if not public:
        parts += said_of_first(turn, draft.args.get("second"))
        parts += await help_first(turn, ticket)
        if draft.reading.threat:
            parts.append(turn.text("changes.threat"))
        if draft.args.get("group"):
            parts.append(group_line(turn, ticket))
    if draft.reading.mood.level == 4 and not memory.boundary_told:
        memory.boundary_told = True
        parts.append(turn.text("gratitude.boundary"))
    offer, buttons = await make_offers(turn, decision)
    soothing = turn.upset or public
    if soothing:
        memory.soothed += 1
        if not offer:
            parts.append(turn.text("gratitude.listen"))
    draft.args["greeted"] = True
    turn.say("".join(parts) + offer, phase="escalate" if offer else "soothe", buttons=buttons)
    turn.stage("soothe" if soothing or offer else "facts")


def group_line(turn: Turn, ticket: Ticket) -> str:
    """So many together: at most five speak for all (令2020/3 art. 12), and who has been told of it."""
    most = turn.policy.casework.group.representatives
    if ticket.flags.get("major"):
        return turn.text("gratitude.group.major", most=most)
    return turn.text("gratitude.group.several", most=most) if int(ticket.flags["group"]) > most else ""


def gratitude_parts(turn: Turn, ticket: Ticket) -> list[str]:
    """Thanks, the thing itself in the customer's words, the feeling, the apology (rule G1)."""
    draft = turn.draft
    kind = kind_of(turn.policy, ticket.intent)
    feeling = f"gratitude.feeling.{kind.feeling}"
    if kind.feeling == "attitude" and draft.reading.facts.on_behalf:
        feeling += "_family"
    parts = [turn.text("gratitude.thanks")]
    what = draft.reading.facts.what
    if what is not None:
        parts.append(turn.text("gratitude.heard", what=telling(what.text)))
    if draft.reading.mood.distress:
        parts.append(turn.text("gratitude.distress"))
    parts.append(turn.text(feeling))
    return parts


async def help_first(turn: Turn, ticket: Ticket) -> list[str]:
    """登不上/闪退 is a request for help and a complaint: what can be used right now comes first (7-real-text.md, 12)."""
    if ticket.intent != "complain_facility_system":
        return []
    hits = await search(turn.session, turn.draft.text, intent="inquire_app_help")
    helps = next((hit.entry for hit in hits if hit.entry.intent == "inquire_app_help"), None)
    if helps is None:
        return []
    return [turn.text("gratitude.answer_first", answer=helps.answer.format(**answer_values(turn)))]


def said_of_first(turn: Turn, first: Earlier | None) -> list[str]:
    """What is known of the first time, that it was not put right, who goes on, and the review of a decision (3.12)."""
    if first is None:
        return []
    decided = first.ticket
    told = decided.notified_at or decided.decided_at or turn.draft.now
    kind = "same" if first.same_matter else "recurring"
    lines = [turn.text(f"gratitude.first_time.{kind}", number=decided.case_number, at=say_date(told))]
    until = review_deadline(turn.policy, decided, told)
    if decided.state in DECIDED and turn.draft.now <= until:
        lines.append(turn.text("gratitude.first_time.review", until=say_date(until)))
    return lines


def answer_values(turn: Turn) -> dict[str, object]:
    """The numbers that knowledge answers may name."""
    lines = turn.policy.service.hotlines
    return {
        "hotline": lines["hotline"].number,
        "hotline_regulator": lines["regulator"].number,
        "antifraud": lines["antifraud"].number,
        "police": lines["police"].number,
    }


class Hear(DeskAction):
    """What the customer says after being soothed: listen, soothe once more, escalate, or go on to the facts (3.4)."""

    action_name = "action_hear"

    async def act(self, turn: Turn) -> None:
        draft, memory = turn.draft, turn.draft.memory
        ticket = await present_case(turn.session, draft)
        if ticket is None or ticket.state != "draft":
            ticket = await open_case(turn.session, draft, turn.policy, intent=turn.intent)
        ticket = await open_case(turn.session, draft, turn.policy, intent=kind_heard(turn))
        taken = await take_facts(turn.session, draft, ticket, turn.policy)
        draft.args["taken"] = taken
        _, decision = await look_up(turn)
        gave_facts = bool(FACT_KEYS & set(taken.given))
        if draft.place == "public":
            offer, buttons = await make_offers(turn, decision)
            turn.say(turn.text("gratitude.public") + offer, phase="escalate", buttons=buttons)
            turn.stage("soothe")
            return
        offers_something = bool(decision.offers or decision.pending_again)
        if not offers_something and (gave_facts or not turn.upset):
            turn.stage("facts")
            return
        offer, buttons = await make_offers(turn, decision)
        again = "" if memory.soothed >= turn.policy.dialogue.soothe.most else turn.text("gratitude.again")
        memory.soothed += 1
        if gave_facts:
            again = turn.text("gratitude.with_facts")
        if draft.reading.threat:
            again += turn.text("changes.threat")
        turn.say(
            again + offer or turn.text("gratitude.listen"), phase="escalate" if offer else "soothe", buttons=buttons
        )
        turn.stage("soothe" if offer or memory.soothed <= turn.policy.dialogue.soothe.most else "facts")
