"""What one message tells, as facts of a case: the customer's words and what they resolve to (F1). Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from desk.clock import local
from desk.conversations.draft import TurnDraft
from desk.policy.schemas import Policy
from desk.reading.facts.corrections import read_correction, takes_back
from desk.reading.facts.when_say import describe
from desk.reading.schemas import CORRECTS, Amount, Facts, Span, When, Who


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


JUST_NOW = ("刚才", "刚刚", "刚", "剛才", "剛剛", "啱啱", "头先", "頭先")
BOSS = "经理|领导|主管|负责人|行长|主任|老板|上级|經理|領導|主管|負責人|行長|老闆|上級"


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
            sums(facts.amount),
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


def sums_in(facts: Facts, piece: str) -> dict[str, Any] | None:
    """The sums told with one grievance, which are its own and not those of the case."""
    told_here = [amount for amount in facts.amount if amount.text in piece]
    return sums(told_here) if told_here else None


def sums(amounts: Sequence[Amount]) -> dict[str, Any]:
    """Sums as a fact resolves to them."""
    return {"values": [amount.value for amount in amounts], "currency": amounts[0].currency}


def with_corrections(draft: TurnDraft) -> Facts:
    """The facts as the customer means them: of 不是五百,是三百 only the new sum counts."""
    facts = draft.reading.facts
    slip = takes_back(draft.reading.normalised)
    repaired = read_correction(draft.reading.normalised, draft.now) if slip or corrects(draft) else {}
    if not repaired:
        return facts
    changed: dict[str, Any] = {}
    for slot, value in repaired.items():
        changed[slot] = value if slot == "account_tail" else (value,)
    # What a correction says is no new story; a slip mended in the telling is.
    return facts.model_copy(update={**changed, "what": facts.what if slip else None})


def corrects(draft: TurnDraft) -> bool:
    """Whether the message repairs something said before."""
    said = "correct" in draft.reading.acts and re.search(CORRECTS, draft.reading.normalised) is not None
    return said or draft.intent == "correct_info"
