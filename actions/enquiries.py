"""Enquiries: answered from the knowledge table, with an as-of date, never guessed (SD033, SD063)."""

from __future__ import annotations

from actions.base import DeskAction, Turn
from actions.gratitude import answer_asking, answer_values, asked_after
from actions.offers import look_up, make_offers
from desk.intake.service import present_case
from desk.knowledge.schemas import Entry, Hit
from desk.knowledge.service import get, render, search
from desk.reading.facts.lookups import table
from desk.texts.service import texts
from desk.tickets.chasing import note_asking

DOUBTFUL = 0.45
LIKELY = 0.15
"""How likely an enquiry must be for its answer to be given without asking back."""

ANSWERS = {"why_charged": "fee-list"}
"""What the desk itself has understood, and the entry that answers it."""

FALLBACK = "nlu_fallback"
ANY_BRANCH = "网点"

READABLE = {
    "complain_unspecified": "反映不满意的事",
    "request_human": "找人工同事",
    "query_ticket_status": "查处理进度",
    "give_suggestion": "提建议",
    "give_praise": "表扬同事",
    "report_card_loss": "卡丢了要挂失",
    "report_unauthorized_txn": "有不是自己做的交易",
    "ask_suspicious_contact": "核实电话或短信真假",
}


async def tell(turn: Turn, entry: Entry) -> None:
    """Say an answer and keep its subject for what is asked next; of an unknown branch only what holds for all."""
    branch = next((where.canonical for where in turn.draft.reading.facts.where if where.kind == "branch"), None)
    lead = ""
    if branch is not None and branch not in entry.answer:
        # 高新's hours are no answer to somebody who asked for 柳湖.
        general = await search(turn.session, turn.draft.text.replace(branch, ANY_BRANCH), intent=entry.intent, limit=9)
        entry = next((hit.entry for hit in general if not about_a_branch(hit.entry)), entry)
        lead = turn.text("system.unknown_branch", branch=branch)
    turn.draft.memory.topic = entry.key
    turn.draft.memory.misunderstood_in_row = 0
    turn.say(lead + render(entry, answer_values(turn)), phase="enquiry")


def about_a_branch(entry: Entry) -> bool:
    """Whether an answer is about one branch: it begins with its name."""
    return entry.answer.startswith(tuple(branch["name"] for branch in table("branches")["branches"]))


async def answered_from_record(turn: Turn) -> bool:
    """那笔费退了没 of somebody who has complained about it asks for his case, not for the price list."""
    ticket = await asked_after(turn)
    if ticket is not None:
        asked = await note_asking(turn.session, ticket, draft=turn.draft, policy=turn.policy)
        await answer_asking(turn, ticket, asked)
    return ticket is not None


class Answer(DeskAction):
    """Answer from the table; below the threshold say so and where to find out. Keeps an open question open."""

    action_name = "action_answer"

    async def act(self, turn: Turn) -> None:
        draft = turn.draft
        if await answered_from_record(turn):
            return
        draft.question = draft.previous_question
        intent = turn.intent if turn.intent.startswith(("inquire_", "ask_suspicious")) else None
        known = await get(turn.session, ANSWERS.get(draft.args.get("about", ""), ""))
        if known is not None:
            await tell(turn, known)
            return
        hits = await search(turn.session, draft.text, intent=intent, context_key=draft.memory.topic, limit=1)
        if self._far_fetched(turn):
            turn.say(turn.text("system.not_ours"), phase="open")
            return
        if not hits:
            draft.memory.misunderstood += 1
            turn.say(turn.text("system.no_answer"), phase="enquiry")
            return
        await tell(turn, hits[0].entry)

    @staticmethod
    def _far_fetched(turn: Turn) -> bool:
        """A doubtful "is this genuine?" beside "not ours": better to say what we are for than to warn of fraud."""
        best = turn.predicted[:3]
        return turn.intent == "ask_suspicious_contact" and best[0][1] < DOUBTFUL and "out_of_scope" in dict(best)


class OfferReadings(DeskAction):
    """Not sure: an answer if the table has one, else two likely readings, and the second time a person (3.13)."""

    action_name = "action_offer_readings"

    async def act(self, turn: Turn) -> None:
        draft, memory = turn.draft, turn.draft.memory
        if await answered_from_record(turn):
            return
        guess = next((name for name, _ in turn.predicted if name != FALLBACK), None)
        if guess == "out_of_scope":
            # Doubtful, yet nothing of ours is nearer: better to say what we are for than to guess.
            turn.say(turn.text("system.not_ours"), phase="open")
            return
        hits = await self._answers(turn)
        if hits:
            await tell(turn, hits[0].entry)
            return
        memory.misunderstood += 1
        memory.misunderstood_in_row += 1
        _, decision = await look_up(turn, in_case=await present_case(turn.session, draft) is not None)
        if 17 in decision.rows:
            offer, buttons = await make_offers(turn, decision)
            turn.say(turn.text("system.unclear_person") + offer, phase="escalate", buttons=buttons)
            return
        guesses = [name for name, _ in turn.predicted if readable(name)][:2]
        draft.question = {"kind": "menu", "text": draft.text, "seqs": draft.seqs}
        turn.say(
            turn.text("system.unclear"),
            phase="open",
            buttons=[
                *((readable(name), {"intent": name, "args": {"menu": True}}) for name in guesses),
                (turn.text("changes.button.none_of_these"), {"intent": "request_human", "args": {"menu": True}}),
            ],
        )

    @staticmethod
    async def _answers(turn: Turn) -> list[Hit]:
        """Hits for the enquiries the model thinks of; without such a thought, a table answer would be a guess."""
        for name, confidence in turn.predicted[:3]:
            if name.startswith("inquire_") and confidence >= LIKELY:
                hits = await search(
                    turn.session, turn.draft.text, intent=name, context_key=turn.draft.memory.topic, limit=1
                )
                if hits and hits[0].entry.intent == name:
                    return hits
        return await follow_up(turn)


async def follow_up(turn: Turn) -> list[Hit]:
    """那多久到? after an answer goes on with its subject, though by itself it would mean nothing."""
    last = await get(turn.session, turn.draft.memory.topic or "")
    if last is None:
        return []
    hits = await search(turn.session, turn.draft.text, context_key=last.key, limit=1)
    return [hit for hit in hits if hit.entry.topic == last.topic or hit.entry.key in last.follow_ups]


def readable(intent: str) -> str:
    """How an intent is put to a customer; empty when it makes no sense as a choice."""
    if intent in READABLE:
        return READABLE[intent]
    key = f"readings.{intent}"
    return texts().say(key) if texts().has(key) else ""


class ListenOpen(DeskAction):
    """A bare yes, no or fact with nothing open: invite, do not guess."""

    action_name = "action_listen_open"

    async def act(self, turn: Turn) -> None:
        turn.say(turn.text("facts.nothing_to_repeat"), phase="open")


ACTIONS = [Answer(), OfferReadings(), ListenOpen()]
