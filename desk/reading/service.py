"""Reading a message: everything that it tells without asking the bot, by words and by trained readers (architecture.md)."""

from __future__ import annotations

import re
from datetime import datetime

from desk.reading.acts import read_acts
from desk.reading.facts.corrections import takes_back
from desk.reading.facts.service import read_facts
from desk.reading.mood import ABUSIVE, ANNOYED, NEW_SHARE, mood_level, read_mood
from desk.reading.normalise import escape_command, normalise
from desk.reading.risk import find_risk, is_guarded
from desk.reading.schemas import Act, Mood, MoodHistory, Reading
from desk.reading.script import script_of
from desk.reading.signals import is_kept_by_machine, is_other_bank, read_signals
from desk.reading.trained.combine import cause_of, level_of, risk_of
from desk.reading.trained.schemas import thresholds
from desk.reading.trained.service import trained_readers

_WARM_UP = datetime.fromisoformat("2025-01-01T00:00:00+08:00")


def misleading(plain: str) -> set[Act]:
    """Words that look like an act and are none: 对了 is no yes, 昨天,啊不是,前天 no no, 等下 before a question no other time."""
    if plain.startswith("对了"):
        return {"affirm"}
    if takes_back(plain):
        return {"deny"}
    return (
        {"ask_other_time", "busy"} if re.match(r"等一?[下等]", plain) and not re.search("再[说聊打]", plain) else set()
    )


class Reader:
    """Reads messages. Pure after construction, which loads word lists and trained readers; share one between threads."""

    def __init__(self) -> None:
        self._trained = trained_readers()
        self.read("我昨天下午在城南支行被扣了五百元,怎么回事", now=_WARM_UP)

    def read(
        self,
        text: str,
        *,
        now: datetime,
        history: MoodHistory | None = None,
        asked: tuple[str, ...] = (),
        told: str = "",
    ) -> Reading:
        """What `text` (already redacted) says. `now` is aware; `asked` are the slots asked last, so that 4417 is a tail.

        `told` is what the customer wrote before: danger that only training hears must fit it (吞了, then 快把卡还我).
        Raises ValueError when `now` is naive.
        """
        if now.tzinfo is None:
            raise ValueError("a time without a zone")
        normalised = normalise(text)
        found = self._trained.find(text) if self._trained else None
        guarded, rule = is_guarded(normalised), thresholds()
        facts = read_facts(normalised, text, now, asked)
        words, elsewhere = find_risk(normalised), is_other_bank(normalised, facts.institution)
        risk, stage = risk_of(words, found, normalised, guarded, rule) or (None, None)
        nobody_has_it = elsewhere or is_kept_by_machine(normalise(told) + normalised)
        if words is None and risk == "card_loss" and nobody_has_it:
            risk, stage = None, None  # training alone hears a lost card, whosesoever it is and wherever
        signals = read_signals(normalised)
        level = level_of(mood_level(normalised), found, normalised, rule)
        mood = read_mood(normalised, history or MoodHistory(), level)
        minds = mood.level >= ANNOYED and (signals.second_complaint or signals.staff_implicated)
        return Reading(
            script=script_of(text),
            normalised=escape_command(normalised),
            mood=_in_danger(mood) if risk == "violence" else mood,
            risk=risk,
            risk_stage=stage,
            threat=signals.threat,
            complaint=signals.complaint or minds,
            staff_implicated=signals.staff_implicated,
            second_complaint=signals.second_complaint,
            awaits=signals.awaits,
            other_bank=elsewhere and risk is None,
            public_place=signals.public_place,
            group_size=signals.group_size,
            cause_six=cause_of(found, rule),
            acts=frozenset(read_acts(normalised) - misleading(normalised)),
            facts=facts,
        )


def _in_danger(mood: Mood) -> Mood:
    """A threat of violence is level 4 in whatever words (3.4)."""
    raised = ABUSIVE - mood.level
    return mood.model_copy(
        update={"level": ABUSIVE, "score": round(mood.score + NEW_SHARE * raised, 4), "trend": mood.trend + raised}
    )
