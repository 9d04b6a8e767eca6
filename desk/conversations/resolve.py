"""What a message means here: resolved against the open question first, so that "2" is a score, a choice or an amount by
what was asked (3-dialogue.md 3.13, architecture.md step 7). What is not settled here is left to the model, with what the
state expects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from desk.clock import local
from desk.conversations.expecting import (
    State,
    expectation,
    sounds_like_complaint,
)
from desk.policy.schemas import Policy
from desk.reading.acts import read_choice, read_score, read_solved, read_yes_no
from desk.reading.answers import is_comment
from desk.reading.facts.corrections import read_correction
from desk.reading.facts.when import parse_appointment
from desk.reading.schemas import CORRECTS, When
from desk.tickets.numbers import find_code, find_number
from desk.urgent.service import INTENTS as URGENT_INTENTS

SHORT = 20
HURRIED = 6
"""Characters: 马上给我转 accepts an offer; a hurried wish for something else is longer."""
TIRED = "累|困了|不想聊|没精神"
"""Stops telling and leaves the rest to us. Who leaves because he is busy, has only broken off: his draft waits (3.13)."""
WHY_CHARGED = "^(?:那|那么|请问|你好|您好|想问下?|问一下|咦|[,。 ])*(?:你们)?(?:为什么|为啥|怎么会|点解)[^!]{0,14}(?:扣|收)|(?:扣|收)[^!]{0,10}(?:是)?(?:为什么|为啥|什么费|什么钱)[?]?$"
"""A calm why about a charge wants an explanation first (4-intents.md 4.3)."""
SHORT_WHY = 24
CALLS_PLACE = 20
DAY_NAMED = "[今明后昨前]|周|星期|礼拜|号|日|天|月"
CALLS_OFF = (
    "(?:电话|来电|回电|预约|约(?:好)?的[^,。!?]{0,6})[^,。!?]{0,6}(?:不用打|别打|不要打|先不打|取消|不约了)"
    "|取消[^,。!?]{0,6}(?:预约|电话|回电)|(?:不用|别|不要)(?:再)?(?:给我)?回?打电话(?:给我)?了"
)
"""Of a case that is registered: the call that was agreed is not wanted any more."""
WITHDRAWS = "撤(?:掉|回|销|诉|了)|不(?:想)?投诉了"


@dataclass(frozen=True)
class Resolution:
    """An intent the desk is sure of (or None), its arguments, and what the state expects of the model's reading."""

    intent: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    expects: dict[str, Any] | None = None
    stale: bool = False
    """A tap on an option that no longer stands."""


def resolve(state: State, policy: Policy, all_intents: list[str]) -> Resolution:
    """Settle what code can settle; buttons first, then danger, then always-honoured wishes, then the open question."""
    if state.choice is not None:
        return _tapped(state)
    if state.reading.risk is not None:
        return Resolution(URGENT_INTENTS[state.reading.risk])
    if state.memory.urgent is not None and state.owner == "queue":
        return Resolution(URGENT_INTENTS[state.memory.urgent], {"going_on": True})
    if "order_machine" in state.reading.acts and not sounds_like_complaint(state.reading):
        return Resolution("out_of_scope")
    if state.reading.other_bank and state.stage == "open":
        return Resolution("out_of_scope")
    found = _wish(state) or _answer(state) or _resume(state) or _small(state)
    return found or Resolution(expects=expectation(state, policy, all_intents))


def _small(state: State) -> Resolution | None:
    """Few words that leave no doubt: the telephone instead of writing, a farewell, a calm why about a charge."""
    reading, acts = state.reading, state.reading.acts
    if state.owner != "bot":
        return None
    if state.stage in ("facts", "confirm", "soothe"):
        calls = "ask_other_place" in acts and len(state.text) <= CALLS_PLACE and not reading.facts.when
        return Resolution("request_other_place") if calls else None
    if state.stage not in ("open", "registered") or (state.question or {}).get("kind", "menu") != "menu":
        return None
    nothing_told = reading.facts.what is None and not reading.facts.when and "?" not in reading.normalised
    if "goodbye" in acts and acts <= {"goodbye", "skip", "thank", "affirm", "deny"} and nothing_told:
        return Resolution("goodbye")
    calm = reading.mood.level == 0 and not reading.complaint and not reading.facts.remedy
    if calm and len(reading.normalised) <= SHORT_WHY and re.search(WHY_CHARGED, reading.normalised):
        return Resolution("inquire_fee", {"about": "why_charged"})
    return None


def _tapped(state: State) -> Resolution:
    for option in (state.question or {}).get("options", []):
        if option["id"] == state.choice:
            payload = option["payload"]
            return Resolution(payload["intent"], dict(payload.get("args", {})))
    return Resolution(stale=True)


def _wish(state: State) -> Resolution | None:
    """A person, when asked for, comes at once, whatever was being talked about (row 6)."""
    acts = state.reading.acts
    if "decline_change" in acts and "ask_supervisor" not in acts:
        return Resolution("decline_change")
    if acts & {"ask_human", "ask_supervisor"}:
        return Resolution("request_human")
    if "ask_other_person" in acts and (state.question or {}).get("kind") != "survey":
        return Resolution("request_other_person")
    if state.stage == "registered" and re.search(CALLS_OFF, state.reading.normalised):
        return Resolution("decline_change", {"kinds": ["change_time"], "calls_off": True})
    asked_already = (state.question or {}).get("kind") == "withdraw"
    if state.stage == "registered" and not asked_already and re.search(WITHDRAWS, state.reading.normalised):
        return Resolution("withdraw_complaint")
    if find_number(state.text) and (find_code(state.text) or state.stage not in ("facts", "confirm")):
        return Resolution("query_ticket_status")
    return None


def _answer(state: State) -> Resolution | None:
    question = state.question or {}
    kind = question.get("kind")
    resolver = {
        "offer": _offer_answer,
        "second": _second_answer,
        "slots": _slot_answer,
        "place": _option_answer,
        "menu": _option_answer,
        "survey": _survey_answer,
        "withdraw": _withdraw_answer,
        "draft": _draft_answer,
        "kept": _draft_answer,
        "lookup": _lookup_answer,
        "confirm": _confirm_answer,
    }.get(str(kind))
    return resolver(state, question) if resolver else None


def _option(question: dict[str, Any], n: int | None) -> Resolution | None:
    options = question.get("options", [])
    if n is None or not 1 <= n <= len(options):
        return None
    payload = options[n - 1]["payload"]
    return Resolution(payload["intent"], dict(payload.get("args", {})))


def _option_answer(state: State, question: dict[str, Any]) -> Resolution | None:
    options = question.get("options", [])
    if options and options[0]["payload"].get("args", {}).get("confirmed") is True:
        answer = read_yes_no(state.reading.normalised)
        if answer is not None:
            return _option(question, 1 if answer else len(options))
    return _option(question, read_choice(state.reading.normalised, len(question.get("options", []))))


INTENT_OF_CHANGE = {
    "change_person": "request_other_person",
    "change_place": "request_other_place",
    "change_time": "request_other_time",
}


def _offer_answer(state: State, question: dict[str, Any]) -> Resolution | None:
    acts, kinds = state.reading.acts, list(question.get("kinds", []))
    chosen = _option_answer(state, question)
    if chosen is not None:
        return chosen
    if "ask_other_time" in acts and "change_time" in kinds:
        return Resolution("request_other_time", {"accepts": "change_time"})
    if "change_time" in kinds and _names_a_time(state):
        return Resolution("request_other_time")
    if "ask_other_place" in acts and "change_place" in kinds:
        return Resolution("request_other_place", {"accepts": "change_place"})
    answer = read_yes_no(state.reading.normalised)
    if answer is False and "correct" not in acts:
        return Resolution("decline_change", {"kinds": kinds})
    hurries = "hurry" in acts and (state.reading.facts.what is None or len(state.text) <= HURRIED)
    if kinds and (answer is True or hurries):
        return Resolution(INTENT_OF_CHANGE[kinds[0]], {"accepts": kinds[0]})
    return None


def _second_answer(state: State, question: dict[str, Any]) -> Resolution | None:
    """Nobody has to say yes to it."""
    chosen = _option_answer(state, question)
    if chosen is None and read_yes_no(state.reading.normalised) is False:
        return Resolution("decline_change", {"kinds": ["second_complaint"]})
    return chosen


def _slot_answer(state: State, question: dict[str, Any]) -> Resolution | None:
    acts = state.reading.acts
    call = {"call": question.get("call", "call")}
    when = parse_appointment(state.reading.normalised, state.now)
    if when is not None and _of_the_past(state, when):
        when = None
    if when is not None and when.start_at is not None and when.precision in ("minute", "hour", "part_of_day"):
        return Resolution("request_other_time", call)
    chosen = _option_answer(state, question)
    if chosen is not None:
        return chosen
    answer = read_yes_no(state.reading.normalised)
    if answer is False or "decline_change" in acts:
        return Resolution("decline_change", {"kinds": ["change_time"]})
    if answer is True:
        return _option(question, 1)
    if when is not None:
        return Resolution("request_other_time", call)
    return None


def _names_a_time(state: State) -> bool:
    """Whether a time to come is all that the message is about: 那就下午三点半."""
    when = parse_appointment(state.reading.normalised, state.now)
    if when is None or when.start_at is None or not re.search("[点时:]", when.text):
        return False
    return not _of_the_past(state, when) and len(state.text) <= SHORT


def _of_the_past(state: State, when: When) -> bool:
    """你们十一点的电话呢, said at noon by somebody who minds, is no wish for eleven o'clock tomorrow."""
    tomorrow = when.start_at is not None and local(when.start_at).date() > local(state.now).date()
    names_day = re.search(DAY_NAMED, when.text) is not None
    return tomorrow and not names_day and (state.reading.mood.level > 0 or state.reading.awaits)


def _survey_answer(state: State, question: dict[str, Any]) -> Resolution | None:
    item, text, acts = question.get("item"), state.reading.normalised, state.reading.acts
    if state.reading.facts.what is None and re.search(r"别再?问|不要再?问|不想评|不评|没空|不填|不想答", text):
        return Resolution("decline_survey", {"declined": True})
    if item == "solved":
        return _solved_answer(text)
    if item in ("expectation", "perception", "manner"):
        return _score_answer(text)
    if item == "comment":
        return _comment(state)
    if item == "reason":
        return Resolution("give_score", {"answer": state.text})
    return _recovery_answer(state, question, acts)


def _solved_answer(text: str) -> Resolution | None:
    solved, score = read_solved(text), read_score(text)
    if solved is None and score is not None and not score.out_of_range:
        solved = "solved" if score.value >= 4 else "no"
    if solved is None:
        return None
    args: dict[str, Any] = {"answer": solved}
    if solved == "no" and score is not None and score.contradiction:
        args["contradiction"] = True
    return Resolution("confirm_resolved" if solved == "solved" else "give_score", args)


def _comment(state: State) -> Resolution | None:
    """Free words after the last score: what sounds like a new matter, a question or a farewell is not taken for them."""
    reading = state.reading
    other = sounds_like_complaint(reading) or "?" in reading.normalised or reading.acts & {"goodbye", "deny", "cancel"}
    return None if other or not is_comment(reading.normalised) else Resolution("give_score", {"answer": state.text})


def _score_answer(text: str) -> Resolution | None:
    """A number outside 1–5 carries no answer: it is asked about once (10-point thinking)."""
    score = read_score(text)
    if score is None:
        return None
    if score.out_of_range:
        return Resolution("give_score")
    return Resolution("give_score", {"answer": score.value, "contradiction": score.contradiction})


def _recovery_answer(state: State, question: dict[str, Any], acts: frozenset[str]) -> Resolution | None:
    text = state.reading.normalised
    words = (
        ("核查", "review"),
        ("复核", "review"),
        ("上级", "review"),
        ("调解", "mediation"),
        ("换", "redo"),
        ("重新", "redo"),
    )
    n = read_choice(text, 4)
    if n is not None:
        return Resolution("give_score", {"answer": ("redo", "review", "mediation", "later")[n - 1]})
    for word, value in words:
        if word in text:
            return Resolution("give_score", {"answer": value})
    if read_yes_no(text) is False or acts & {"cancel", "goodbye"}:
        return Resolution("give_score", {"answer": "later"})
    return None


def _withdraw_answer(state: State, _question: dict[str, Any]) -> Resolution | None:
    answer = read_yes_no(state.reading.normalised)
    if "撤" in state.text:
        answer = re.search("[不别莫][用要想]?撤", state.reading.normalised) is None
    return None if answer is None else Resolution("withdraw_complaint", {"confirmed": answer})


def _draft_answer(state: State, _question: dict[str, Any]) -> Resolution | None:
    acts, answer = state.reading.acts, read_yes_no(state.reading.normalised)
    if "resume" in acts or answer is True:
        return Resolution("resume_flow")
    if "cancel" in acts or answer is False:
        return Resolution("cancel_flow")
    return None


def _lookup_answer(state: State, question: dict[str, Any]) -> Resolution | None:
    if find_number(state.text) or (question.get("number") and find_code(state.text)):
        return Resolution("query_ticket_status")
    return None


def _confirm_answer(state: State, _question: dict[str, Any]) -> Resolution | None:
    acts = state.reading.acts
    if acts & {"affirm"} and not acts & {"correct", "deny", "cancel"}:
        return Resolution("affirm")
    if "correct" in acts:
        return Resolution("correct_info")
    if "deny" in acts:
        return Resolution("deny")
    return None


def _resume(state: State) -> Resolution | None:
    acts = state.reading.acts
    if state.owner == "queue":
        if "cancel" in acts:
            return Resolution("cancel_flow")
        return Resolution("request_other_time") if "ask_other_time" in acts else None
    if "resume" in acts and state.parked:
        return Resolution("resume_flow")
    short = state.reading.facts.what is None or len(state.text) <= SHORT
    if "cancel" in acts and "refuse" not in acts and short:
        if state.stage in ("facts", "confirm") and re.search(TIRED, state.reading.normalised):
            return Resolution("inform", {"stop": True})
        if state.stage in ("facts", "confirm", "soothe"):
            return Resolution("cancel_flow")
        # After registration "leave it" means the ticket (4-intents.md 4.3); it is asked about before anything is done.
        if state.stage == "registered":
            return Resolution("withdraw_complaint")
    corrects = "correct" in acts and re.search(CORRECTS, state.reading.normalised)
    if corrects and state.stage == "facts" and read_correction(state.reading.normalised, state.now):
        return Resolution("correct_info")
    return None
