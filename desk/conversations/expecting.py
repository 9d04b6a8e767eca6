"""What a state expects of the model's reading: what a message means that the open question does not settle is weighed
against it (3-dialogue.md 3.13).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.conversations.memory import Memory
from desk.policy.schemas import Policy
from desk.reading.acts import read_acts
from desk.reading.lexicon import clauses
from desk.reading.mood import ANGRY
from desk.reading.risk import is_idiom
from desk.reading.schemas import Reading

NAMED_FEE = "(?:年|管理|手续|手續|短信|服务|服務|工本|取款|取现|会员|會員|保险|保險|权益|通知)费|(?:年|管理|手續|短信|服務|工本|會員|權益)費|利息|罚息"
NOT_MINE = "不是我|不是本人|没(?:有)?(?:用|刷|消费|操作|交易|买|花)过|没(?:刷|消费|操作)|盗刷|被盗|不认识"


@dataclass(frozen=True)
class State:
    """What a message is resolved against."""

    reading: Reading
    text: str
    stage: str
    owner: str
    memory: Memory
    question: dict[str, Any] | None
    now: datetime
    choice: str | None = None
    parked: bool = False


def expectation(state: State, policy: Policy, all_intents: list[str]) -> dict[str, Any] | None:
    """What the model's reading is measured against in this state; None when anything may come."""
    rules = policy.dialogue
    asks = asks_something(state.reading, rules.question)
    answers = bool(answered_keys(state.reading) & set(state.memory.asked)) or bool(
        state.reading.acts & {"skip", "refuse"}
    )
    # A story with 是不是 in it is no question; its reader has to be surer.
    tells = bool(state.reading.facts.when or state.reading.facts.what) and "?" not in state.reading.normalised
    threshold = rules.question_threshold if asks and not answers and not tells else rules.answer_threshold
    if state.owner == "queue":
        return {"default": "inform", "keep": rules.digressions, "threshold": threshold}
    if state.stage in ("facts", "confirm", "soothe"):
        tells = bool(answered_keys(state.reading)) and state.stage != "confirm"
        if (answers or tells) and not asks:
            return {"default": "inform", "keep": [], "threshold": 1.0}
        return {"default": "inform", "keep": digressions(state.reading, rules.digressions), "threshold": threshold}
    still_minds = state.stage == "registered" and state.reading.mood.level >= rules.soothe.level
    if sounds_like_complaint(state.reading) or still_minds:
        # Somebody minds: the words of an enquiry inside a complaint do not make it an enquiry, unless he asks; in anger
        # a question is none.
        furious = state.reading.mood.level >= ANGRY
        keep = [
            intent
            for intent in all_intents
            if intent not in rules.not_in_the_open
            and intent not in needs_words(state.reading)
            and intent != "give_praise"
            and ((asks and not furious) or not intent.startswith(QUESTIONS))
        ]
        default = "threaten_exposure_or_regulator" if state.reading.threat else "complain_unspecified"
        return {"default": default, "keep": keep, "threshold": 0.0}
    return None


def digressions(reading: Reading, allowed: list[str]) -> list[str]:
    """What may interrupt the facts; a day or a wish told about other people's data is part of the story, no request."""
    told = reading.facts.when or reading.facts.remedy
    return [intent for intent in allowed if not (told and intent == "request_third_party_info")]


QUESTIONS = ("inquire_", "ask_", "request_third_party_info")
"""Intents that only somebody who asks can have: 骗子 shouted at the bank asks for no advice against fraud."""


def asks_something(reading: Reading, question: str) -> bool:
    """Whether some clause asks; 哪个网点我不清楚 does not, nor does the wish that somebody finds out who it was."""
    wishes = [remedy.text for remedy in reading.facts.remedy]
    return any(
        re.search(question, clause) and "skip" not in read_acts(clause.lower()) and not any(map(clause.count, wishes))
        for _, clause in clauses(reading.normalised)
    )


def needs_words(reading: Reading) -> tuple[str, ...]:
    """Intents that a complaint needs plain words for: neither a threat of the press nor 急死 is one to life (3.4).

    Who says in a complaint that he is old wants the complaint heard; the case is marked all the same.
    """
    wanted = ["threaten_violence", "vulnerable_disclosure"]
    if is_idiom(reading.normalised):
        wanted.append("self_harm_risk")
    if re.search(NAMED_FEE, reading.normalised) and not re.search(NOT_MINE, reading.normalised):
        # A fee that has a name was taken by us, not by a thief.
        wanted.append("report_unauthorized_txn")
    return tuple(wanted)


def sounds_like_complaint(reading: Reading) -> bool:
    """Words of complaint, anger, or a demand made with displeasure."""
    minded = reading.mood.level >= 1 and (bool(reading.facts.remedy) or reading.staff_implicated)
    return reading.complaint or reading.threat is not None or reading.mood.level >= 3 or minded


def answered_keys(reading: Reading) -> set[str]:
    """Which fact slots the message speaks to."""
    facts = reading.facts
    told = {
        "when": facts.when,
        "where": facts.where,
        "who": facts.who,
        "amount": facts.amount,
        "remedy": facts.remedy,
        "account_tail": facts.account_tail,
    }
    return {key for key, value in told.items() if value}
