"""Words and trained readers together: words where they are certain, training where words are silent."""

from __future__ import annotations

from desk.reading.mood import ABUSIVE, ANNOYED
from desk.reading.risk import RiskFinding, Stage
from desk.reading.schemas import Risk
from desk.reading.trained.schemas import Findings, Thresholds

MOST_ABOVE, MILD = 2, 1
LIFE: frozenset[Risk] = frozenset(("violence", "self_harm"))


def risk_of(
    words: RiskFinding | None, found: Findings | None, text: str, guarded: bool, rule: Thresholds
) -> tuple[Risk, Stage] | None:
    """The danger in `text` and how far it has gone. Words come first, for they tell the stage as well.

    `guarded`: words of danger stand there and are taken back (如果卡丢了), so that training must be surer. Danger to life is
    never told by training alone: a word for it must stand there, and a polite message must be surer.
    """
    if words is not None:
        return words.risk, words.stage
    if found is None or len(text.strip()) < rule.danger_shortest:
        return None
    life = found.risk in LIFE
    if life and not found.grounded:
        return None
    if found.danger >= (rule.guarded if guarded or (life and found.polite) else rule.danger):
        return found.risk, "unclear"
    return None


def level_of(words: int, found: Findings | None, text: str, rule: Thresholds) -> int:
    """The mood, 0-4: what training found, but not far above the words, and below them by a step at most.

    A list overlooks what it does not hold; it seldom finds what is not there, save that words of annoyance (拒绝, 无果) stand in
    many a calm request for help as well. Rage without one angry word is a guess, and so is annoyance in a plain short question.
    """
    if found is None or words == ABUSIVE or len(text.strip()) < rule.mood_shortest:
        return words
    least = words - 1 if words == ANNOYED else words
    most = words + MOST_ABOVE if len(text.strip()) >= rule.mood_story else max(words, MILD)
    return max(least, min(found.mood, most))


def cause_of(found: Findings | None, rule: Thresholds) -> int | None:
    """The cause of a complaint, 1-6; None when it could be several."""
    return found.cause_six if found is not None and found.cause_chance >= rule.cause else None
