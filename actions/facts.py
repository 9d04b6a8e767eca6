"""就事论事: only the missing facts, two at most, each skippable, read back and correctable (SD003, SD008; rules F1–F4)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions.base import FACTS, DeskAction, Turn
from actions.gratitude import group_line
from actions.offers import Buttons, look_up, make_offers
from desk.intake.group import flag_group
from desk.intake.plan import Kind, is_complaint, kind_of, kind_shown, missing, next_asks
from desk.intake.second import complained_before, first_of, tie_by_number
from desk.intake.service import flag_compliance, open_case, present_case, refine
from desk.intake.story import add_grievance
from desk.intake.taken import Taken
from desk.intake.taking import take_facts
from desk.intake.wording import ask_sentences, noted, read_back, read_back_rest, say_fact, shorten
from desk.reading.normalise import normalise
from desk.tickets.ending import withdraw
from desk.tickets.models import Ticket, TicketFact
from desk.tickets.service import facts_of, items_of

ANSWERS = frozenset(
    {"inform", "affirm", "deny", "skip_slot", "refuse_info", "correct_info", "express_emotion", "abuse_profanity"}
    | {"give_score", "supplement_evidence", "confirm_resolved", "thank", "set_contact_preference"}
)
"""Intents that belong to the form itself; everything else is a digression for the rules to answer."""
UPSET = 2


def is_answer(turn: Turn) -> bool:
    """Whether the message goes on with the form."""
    return turn.intent in ANSWERS or (is_complaint(turn.policy, turn.intent) and not turn.intent.startswith("report_"))


async def the_draft(turn: Turn) -> Ticket:
    """The unfinished case of this form; made when the form was entered without one."""
    ticket = await present_case(turn.session, turn.draft)
    if ticket is None or ticket.state != "draft":
        ticket = await open_case(turn.session, turn.draft, turn.policy, intent=turn.intent)
    return ticket


async def still_missing(turn: Turn, ticket: Ticket, kind: Kind) -> list[str]:
    """What is still worth asking for."""
    facts = await facts_of(turn.session, ticket.number)
    told = [facts[key].value or "" for key in ("what", "promise") if key in facts]
    story = normalise(" ".join([*told, turn.draft.text]))
    return missing(turn.policy, kind, facts, turn.draft.memory, story)


def opening(turn: Turn, form: str) -> bool:
    """Whether the form opens with this very message, which then is no answer to it (Rasa validates then, too)."""
    events = turn.tracker.events
    last = max((n for n, event in enumerate(events) if event["event"] == "user"), default=-1)
    return any(event["event"] == "active_loop" and event.get("name") == form for event in events[last + 1 :])


class ValidateFacts(DeskAction):
    """Take this message into the case and say which fact is next, or that nothing more is to be asked."""

    action_name = "validate_facts_form"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        entering = opening(turn, "facts_form")
        back = draft.args.get("digressed", False)
        if not entering and not back and not is_answer(turn):
            self.reject(turn)
        ticket = await the_draft(turn)
        another = not entering and not back and tells_another(turn)
        taken = Taken() if back else draft.args.get("taken")
        if taken is None:
            taken = await take_facts(turn.session, draft, ticket, turn.policy, another=another)
        if ticket.flags.get("second_complaint"):
            await tie_by_number(turn.session, draft, ticket, turn.policy)
        if not another:
            await refine(turn.session, turn.policy, ticket, likely_complaint(turn))
        await flag_compliance(turn.session, draft, ticket, kind_of(turn.policy, ticket.intent))
        if await flag_group(turn.session, draft, ticket, turn.policy) and (line := group_line(turn, ticket)):
            turn.say(line, phase="facts")
        if another:
            guess = next(
                (name for name, _ in turn.predicted if is_complaint(turn.policy, name)), "complain_unspecified"
            )
            await add_grievance(turn.session, draft, ticket, guess, kind_of(turn.policy, guess), taken)
        draft.args["taken"] = taken
        kind = kind_of(turn.policy, ticket.intent)
        open_keys = await still_missing(turn, ticket, kind)
        if wants_to_stop(turn):
            open_keys, draft.args["confirmed"] = [], "stop"
        elif (
            "confirm" in draft.memory.asked
            and agrees(turn)
            and not {"when", "where", "who", "amount"} & set(taken.corrected)
        ):
            open_keys = [key for key in open_keys if key != "remedy"]
            draft.args["confirmed"] = "yes" if not open_keys else None
        turn.set("confirmation", draft.args.get("confirmed"))
        for key in FACTS:
            turn.set(key, None if key in open_keys else "settled")
        turn.set("requested_slot", open_keys[0] if open_keys else None)


def tells_another(turn: Turn) -> bool:
    """Whether a further grievance is told in the middle of the first."""
    reading = turn.draft.reading
    minded = reading.facts.what is not None and (reading.complaint or reading.mood.level >= UPSET)
    return minded and re.match("另外|还有|对了", reading.normalised) is not None


def likely_complaint(turn: Turn) -> str | None:
    """The kind of complaint in this message, by its words or by the model, whatever the state made of the intent."""
    shown = kind_shown(turn.policy, turn.draft.reading.normalised)
    if shown is not None:
        return shown
    for name, confidence in turn.predicted:
        if confidence >= 0.4 and is_complaint(turn.policy, name) and name != "complain_unspecified":
            return name
    return None


def wants_to_stop(turn: Turn) -> bool:
    """Too tired or too busy to go on: register with what there is rather than press (D9, 3.3)."""
    acts = turn.draft.reading.acts
    if turn.draft.args.get("stop"):
        return True
    return bool(acts & {"busy", "ask_other_time"}) and turn.draft.intent not in ("request_other_time",)


def told_keys(facts: Mapping[str, TicketFact]) -> list[str]:
    """The facts the customer told (and not those he skipped)."""
    return sorted(key for key, fact in facts.items() if fact.status == "given")


def agrees(turn: Turn) -> bool:
    """Whether the customer says yes to what was read back."""
    acts = turn.draft.reading.acts
    return ("affirm" in acts or turn.draft.intent == "affirm") and not acts & {"correct", "deny", "cancel"}


class AskFact(DeskAction):
    """Say back what was just told and ask the next one or two facts; soothe instead when feelings are high."""

    def __init__(self, slot: str) -> None:
        self.action_name = f"action_ask_facts_form_{slot}"

    async def act(self, turn: Turn) -> None:
        draft, memory = turn.draft, turn.draft.memory
        ticket = await the_draft(turn)
        taken: Taken = draft.args.get("taken", Taken())
        kind = kind_of(turn.policy, ticket.intent)
        offer, buttons = await self._offers(turn)
        quiet = not taken.anything and memory.soothed < turn.policy.dialogue.soothe.most
        if turn.upset and quiet and draft.reading.mood.level >= 2 and draft.stage == "facts" and memory.asks:
            memory.soothed += 1
            turn.say(turn.text("gratitude.again") + offer, phase="escalate" if offer else "soothe", buttons=buttons)
            turn.stage("facts")
            return
        keys = next_asks(turn.policy, await still_missing(turn, ticket, kind)) or ["what"]
        parts = await self._reply_to(turn, ticket, taken)
        if keys == ["remedy"]:
            # Only the wish is missing: read the facts back in the same breath, so that one answer can settle both.
            facts, items = await facts_of(turn.session, ticket.number), await items_of(turn.session, ticket.number)
            if not memory.read_back:
                parts = [part for part in parts if not part.startswith("「")]
                parts.append(read_back(facts, items, contact_refused=True))
            memory.read_back = told_keys(facts)
            keys = ["confirm", "remedy"]
        asks = [key for key in keys if key != "confirm"]
        ask, digressed = ask_sentences(kind, asks, draft.seed), draft.args.get("digressed", False)
        parts += await self._number(turn, ticket)
        parts.append(turn.text("facts.back", ask=ask) if digressed else ask)
        self._remember(turn, keys, again=digressed)
        turn.say("".join(parts) + offer, phase="facts", asked=keys, buttons=buttons)
        turn.stage("facts")

    @staticmethod
    async def _number(turn: Turn, ticket: Ticket) -> list[str]:
        """The number of the first complaint, only where nobody could find it, and once (3.12)."""
        memory = turn.draft.memory
        if memory.number_asked == ticket.number or not complained_before(turn.draft, ticket, turn.policy):
            return []
        memory.number_asked = ticket.number
        return [] if await first_of(turn.session, ticket) is not None else [turn.text("facts.first_number")]

    async def _offers(self, turn: Turn) -> tuple[str, Buttons]:
        if turn.draft.reading.mood.level < 2 and not turn.draft.reading.threat:
            return "", []
        _, decision = await look_up(turn)
        return await make_offers(turn, decision)

    async def _reply_to(self, turn: Turn, ticket: Ticket, taken: Taken) -> list[str]:
        draft, facts = turn.draft, await facts_of(turn.session, ticket.number)
        parts: list[str] = []
        if draft.reading.mood.level >= 2 and taken.given and "greeted" not in draft.args:
            parts.append(turn.text("gratitude.with_facts"))
        if taken.corrected:
            changed = [say_fact(facts[key]) for key in taken.corrected if key in facts]
            parts.append(turn.text("facts.corrected", value="，".join(changed)))
        elif "greeted" not in draft.args:
            # Straight after the gratitude message, which has just named the thing, it is not said a second time.
            parts.append(noted(facts, taken.given, taken.story))
        parts += [turn.text("facts.item", what=shorten(what, 30)) for what in taken.new_items]
        if draft.memory.contact_refused and not draft.memory.contact_limits_told:
            draft.memory.contact_limits_told = True
            ticket.contact_pref = "none"
            parts.append(turn.text("facts.refused_contact"))
        elif taken.refused:
            parts.append(turn.text("facts.refused"))
        elif taken.skipped and not taken.given:
            parts.append(turn.text("facts.skipped"))
        return parts

    @staticmethod
    def _remember(turn: Turn, keys: list[str], *, again: bool) -> None:
        """A question that returns after a digression is the same question, not one more."""
        memory = turn.draft.memory
        if not again:
            memory.asks += len(keys)
            for key in keys:
                memory.asked_times[key] = memory.asked_times.get(key, 0) + 1
        memory.asked = list(keys)
        if turn.draft.question is None:
            turn.draft.question = {"kind": "facts", "asked": list(keys)}


class ValidateConfirm(DeskAction):
    """Yes registers; a correction is taken and read back; anything else goes back to the facts."""

    action_name = "validate_confirm_form"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        back = draft.args.get("digressed", False)
        if not back and not opening(turn, "confirm_form") and not is_answer(turn):
            self.reject(turn)
        ticket = await the_draft(turn)
        yes = agrees(turn) and draft.question_is("confirm")
        taken = (
            Taken() if back else draft.args.get("taken") or await take_facts(turn.session, draft, ticket, turn.policy)
        )
        draft.args["taken"] = taken
        confirmed = draft.args.get("confirmed") or ("stop" if wants_to_stop(turn) else "yes" if yes else None)
        draft.args["confirmed"] = confirmed
        turn.set("confirmation", confirmed)
        turn.set("requested_slot", None if confirmed else "confirmation")


class AskConfirm(DeskAction):
    """Read everything back in the customer's words (rule F4)."""

    action_name = "action_ask_confirm_form_confirmation"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        ticket = await the_draft(turn)
        taken: Taken = draft.args.get("taken", Taken())
        denied = draft.question_is("confirm") and ("deny" in draft.reading.acts or draft.intent == "deny")
        draft.question = {"kind": "confirm"}
        draft.memory.asked = []
        turn.stage("confirm")
        if denied and not taken.anything:
            turn.say(turn.text("facts.what_is_wrong"), phase="confirm", asked=["confirm"])
            return
        facts, items = await facts_of(turn.session, ticket.number), await items_of(turn.session, ticket.number)
        refused = draft.memory.contact_refused
        parts = []
        if refused and not draft.memory.contact_limits_told:
            draft.memory.contact_limits_told = True
            ticket.contact_pref = "none"
            parts.append(turn.text("facts.refused_contact"))
        elif taken.refused:
            parts.append(turn.text("facts.refused"))
        elif taken.skipped and not taken.given:
            parts.append(turn.text("facts.skipped"))
        if draft.memory.read_back and not taken.corrected and not denied:
            before = set(draft.memory.read_back) - set(taken.given)
            parts.append(read_back_rest(facts, before, contact_refused=refused))
        else:
            parts.append(read_back(facts, items, contact_refused=refused))
        draft.memory.read_back = told_keys(facts)
        turn.say(
            "".join(parts),
            phase="confirm",
            asked=["confirm"],
            buttons=[("对", {"intent": "affirm"}), ("要改一下", {"intent": "deny"})],
        )


class KeepDraft(DeskAction):
    """The customer leaves: kept as it is, without a word of persuasion (3.13)."""

    action_name = "action_keep_draft"

    async def act(self, turn: Turn) -> None:
        if turn.draft.owner == "queue":
            turn.draft.leave_queue = True
            turn.say(turn.text("changes.waiting.left"), phase="open")
            turn.stage("open")
            return
        ticket = await present_case(turn.session, turn.draft)
        if ticket is not None and ticket.state == "draft" and turn.draft.question_is("draft"):
            # Asked whether it is still wanted, the customer says no: that ends it, and nobody registers it for him.
            await withdraw(turn.session, ticket, now=turn.draft.now)
            turn.say(turn.text("facts.draft_dropped"), phase="track")
            turn.stage("open")
            return
        turn.draft.memory.parked = "facts" if ticket is not None and ticket.state == "draft" else None
        turn.draft.question = {"kind": "kept"} if turn.draft.memory.parked else None
        key = "facts.draft_kept" if turn.draft.memory.parked else "changes.time.cancelled"
        turn.say(turn.text(key), phase="open")
        turn.stage("open")


class ResumeDraft(DeskAction):
    """Back to the draft, at the open fact; nothing told before is asked again."""

    action_name = "action_resume_draft"

    async def act(self, turn: Turn) -> None:
        ticket = await present_case(turn.session, turn.draft)
        if ticket is None or ticket.state != "draft":
            turn.say(turn.text("facts.nothing_to_resume"), phase="open")
            turn.stage("open")
            return
        turn.draft.memory.parked = None
        turn.draft.memory.asks, turn.draft.memory.skips_in_row = 0, 0
        turn.draft.memory.asked_times = {}
        what = (await facts_of(turn.session, ticket.number)).get("what")
        turn.draft.args["taken"] = Taken()
        turn.say(turn.text("facts.resumed", what=shorten(what.value or "", 40) if what else "…"), phase="facts")
        turn.stage("facts")


class ExplainPurpose(DeskAction):
    """Why we ask: only for this case, and everything can be skipped."""

    action_name = "action_explain_purpose"

    async def act(self, turn: Turn) -> None:
        turn.say(turn.text("facts.why_needed"), phase=turn.draft.stage if turn.draft.stage == "confirm" else "facts")


class Repeat(DeskAction):
    """Say the last thing again."""

    action_name = "action_repeat"

    async def act(self, turn: Turn) -> None:
        said = turn.draft.memory.last_said
        in_form = turn.draft.stage in ("facts", "confirm")
        text = turn.text("facts.repeat", text=said[-1]) if said and not in_form else ""
        if not in_form:
            turn.draft.question = turn.draft.previous_question
            turn.say(text or turn.text("facts.nothing_to_repeat"), phase=turn.phase_now)


ACTIONS = [
    ValidateFacts(),
    *(AskFact(slot) for slot in FACTS),
    ValidateConfirm(),
    AskConfirm(),
    KeepDraft(),
    ResumeDraft(),
    ExplainPurpose(),
    Repeat(),
]
