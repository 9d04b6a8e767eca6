"""Which facts are still worth asking for (3-dialogue.md 3.3, rule F3). Pure functions over what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desk.conversations.memory import Memory
from desk.policy.schemas import Policy
from desk.reading.normalise import normalise
from desk.tickets.models import TicketFact

SPECIFIC = ("branch", "place")
"""A place one could send somebody to; ATM alone is not."""


SINGLES_OUT = "窗口|号柜|[男女]的|[男女]性|戴|头发|胖|瘦|高个|姓.|那位"
NAMELESS = "客服|热线|坐席|座席|接线员|话务员|机器人"
"""Whoever answers a hotline or a chat: the customer cannot know which one it was, the call's record does."""


@dataclass(frozen=True)
class Kind:
    """What the intake knows about a kind of complaint (data/policy/intake.yml)."""

    intent: str
    cause_six: int | None
    cause_jrt: tuple[str, ...]
    ask: tuple[str, ...]
    feeling: str
    compliance: bool
    recuse: bool
    """A complaint about how staff behaved: whoever and wherever it was is kept off the case."""
    priority: str | None


def kind_of(policy: Policy, intent: str | None) -> Kind:
    """The kind of complaint behind an intent; an unknown one is a complaint that needs facts."""
    kinds: Mapping[str, dict[str, Any]] = policy.intake["kinds"]
    name = intent if intent is not None and intent in kinds else "complain_unspecified"
    entry = kinds[name]
    return Kind(
        intent=name,
        cause_six=entry["cause_six"],
        cause_jrt=tuple(entry["cause_jrt"]),
        ask=tuple(entry["ask"]),
        feeling=entry["feeling"],
        compliance=bool(entry.get("compliance")),
        recuse=bool(entry.get("recuse")),
        priority=entry.get("priority"),
    )


def kind_shown(policy: Policy, text: str, *, instead_of: str | None = None) -> str | None:
    """The kind of complaint that the customer's normalised words alone show, where the model is vague or takes it for
    the kind `instead_of`.
    """
    shown: list[dict[str, str]] = [one for one in policy.intake["shown_by"] if one.get("instead_of") == instead_of]
    return next((one["kind"] for one in shown if re.search(one["words"], text)), None)


def is_complaint(policy: Policy, intent: str | None) -> bool:
    """Whether the intent opens a complaint case."""
    return intent in policy.intake["kinds"] and not str(intent).startswith("inquire_")


def known(facts: Mapping[str, TicketFact], key: str, kind: Kind, memory: Memory) -> bool:
    """Whether `key` need not be asked: told, refused, unknown, or implied by something told."""
    fact = facts.get(key)
    if fact is None:
        return key == "where" and "channel_used" in facts and facts["channel_used"].value not in (None, "ATM")
    if fact.status in ("unknown", "refused"):
        return True
    detail = fact.resolved or {}
    if key == "where":
        return detail.get("kind") in SPECIFIC or (fact.value or "").upper() not in ("ATM", "取款机", "自助机具")
    if key == "who" and kind.intent == "complain_service_attitude":
        # "A clerk" is who, but which one? Asked once; whatever the answer is, it is the answer.
        told = pointed_out(fact.value or "", detail) or re.search(NAMELESS, normalise(fact.value or "")) is not None
        return told or memory.asked_times.get("who", 0) > 0
    return True


def pointed_out(words: str, detail: Mapping[str, Any]) -> bool:
    """Whether these words single out a person: a name, a work number, a window, what somebody looks like."""
    return bool(detail.get("name") or detail.get("badge")) or re.search(SINGLES_OUT, normalise(words)) is not None


def wanted(policy: Policy, kind: Kind, story: str) -> list[str]:
    """The facts this kind of complaint needs, conditions resolved against the customer's words, in asking order."""
    keys = set()
    for entry in kind.ask:
        key, _, condition = entry.partition("_if_")
        if not condition or re.search(policy.intake[condition], story):
            keys.add(key)
    return [key for key in policy.intake["order"] if key in keys]


def missing(policy: Policy, kind: Kind, facts: Mapping[str, TicketFact], memory: Memory, story: str) -> list[str]:
    """What is still worth asking, in order; empty when the limits of asking are reached (8 asks, 2 skips in a row)."""
    rules = policy.dialogue.asks
    open_keys = [
        key
        for key in wanted(policy, kind, story)
        if not known(facts, key, kind, memory) and memory.asked_times.get(key, 0) < 2
    ]
    if memory.asks >= rules.most or memory.skips_in_row >= rules.skips_in_row:
        return [key for key in open_keys if key in policy.intake["required"] and not memory.asked_times.get(key)]
    return open_keys


def next_asks(policy: Policy, open_keys: list[str]) -> list[str]:
    """The one or two facts to ask now: two only when they go together (when and where), never more (rule F3)."""
    if not open_keys:
        return []
    together = policy.intake["together"]
    first = open_keys[0]
    if first not in together:
        return [first]
    return [key for key in open_keys if key in together][: policy.dialogue.asks.per_message]
