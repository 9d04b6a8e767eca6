"""Reading a message: script, mood, danger, signals, acts and facts, in one pass and without the model."""

from __future__ import annotations

from datetime import datetime

from desk.reading.acts import read_acts
from desk.reading.facts.service import read_facts
from desk.reading.mood import read_mood
from desk.reading.normalise import normalise
from desk.reading.risk import find_risk
from desk.reading.schemas import MoodHistory, Reading
from desk.reading.script import script_of
from desk.reading.signals import read_signals


class Reader:
    """Reads messages. Holds nothing that changes, so one instance may serve all threads."""

    def __init__(self) -> None:
        # The word lists and the spaCy pipeline are loaded at the first reading; better now than in a customer's face.
        self.read("您好", now=datetime.fromisoformat("2025-01-01T00:00:00+08:00"))

    def read(
        self, text: str, *, now: datetime, history: MoodHistory | None = None, asked: tuple[str, ...] = ()
    ) -> Reading:
        """Everything `text` (already redacted) tells. `asked` are the facts asked last: 女的 戴眼镜 then is a who."""
        plain = normalise(text)
        mood = read_mood(plain, history or MoodHistory())
        danger, signals = find_risk(plain), read_signals(plain, mood.level)
        return Reading(
            script=script_of(text),
            normalised=plain,
            mood=mood,
            risk=danger.risk if danger else None,
            risk_stage=danger.stage if danger else None,
            threat=signals.threat,
            complaint=signals.complaint,
            staff_implicated=signals.staff_implicated,
            second_complaint=signals.second_complaint,
            public_place=signals.public_place,
            group_size=signals.group_size,
            acts=read_acts(plain),
            facts=read_facts(plain, text, now, asked),
        )
