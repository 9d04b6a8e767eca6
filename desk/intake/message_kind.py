"""What sort of message it is: enquiry, complaint, suggestion, praise … (令2020/3 art. 2; 4-intents.md 4.1)."""

from __future__ import annotations

from typing import Literal

from desk.reading.schemas import Reading
from desk.urgent.service import INTENTS

MessageKind = Literal["inquiry", "complaint", "suggestion", "praise", "dialogue_act", "urgent", "other"]

URGENT = frozenset(INTENTS.values())
COMPLAINING = frozenset({"threaten_exposure_or_regulator", "request_remedy", "request_hardship_arrangement"})
FEELING = frozenset({"express_emotion", "abuse_profanity"})
"""A complaint when the words tell of a wrong, else a feeling that wants soothing."""
OTHER = frozenset({"out_of_scope", "request_third_party_info", "nlu_fallback"})
NAMED: dict[str, MessageKind] = {"give_suggestion": "suggestion", "give_praise": "praise"}


def message_kind(intent: str, reading: Reading) -> MessageKind:
    """The kind of a message with this intent. In doubt it is a complaint (art. 2: when unsure, record it as one)."""
    if reading.risk is not None or intent in URGENT:
        return "urgent"
    if intent in NAMED:
        return NAMED[intent]
    if intent.startswith("complain_") or intent in COMPLAINING or (intent in FEELING and reading.complaint):
        return "complaint"
    if intent.startswith("inquire_") or intent == "ask_suspicious_contact":
        return "inquiry"
    return "other" if intent in OTHER else "dialogue_act"
