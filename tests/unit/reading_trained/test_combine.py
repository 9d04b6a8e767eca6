"""Who is believed when words and trained readers differ."""

import pytest

from desk.reading.risk import RiskFinding
from desk.reading.trained.combine import cause_of, level_of, risk_of
from desk.reading.trained.schemas import Findings, Thresholds

RULE = Thresholds(danger=0.4, guarded=0.9, danger_shortest=6, mood_shortest=5, mood_story=8, cause=0.4)
LONG = "我什么都没做就这样了"
LOST = RiskFinding("card_loss", "ongoing", 0, 3)


def found(danger: float = 0.0, mood: int = 0, cause_chance: float = 1.0) -> Findings:
    return Findings(danger=danger, risk="fraud", mood=mood, cause_six=2, cause_chance=cause_chance)


def found_life(danger: float, *, grounded: bool = True, polite: bool = False) -> Findings:
    return found(danger).model_copy(update={"risk": "self_harm", "grounded": grounded, "polite": polite})


@pytest.mark.parametrize(
    ("words", "danger", "guarded", "risk"),
    [
        (LOST, 0.0, False, ("card_loss", "ongoing")),
        (LOST, 1.0, True, ("card_loss", "ongoing")),
        (None, 0.39, False, None),
        (None, 0.4, False, ("fraud", "unclear")),
        (None, 0.89, True, None),
        (None, 0.9, True, ("fraud", "unclear")),
    ],
)
def test_danger(words: RiskFinding | None, danger: float, guarded: bool, risk: tuple[str, str] | None) -> None:
    assert risk_of(words, found(danger), LONG, guarded, RULE) == risk


@pytest.mark.parametrize(
    ("words", "trained", "text", "level"),
    [
        (0, 3, "等了一上午没人理", 2),
        (1, 3, "等了一上午没人理", 3),
        (3, 1, "你们这帮骗子公司", 3),
        (4, 0, "你这个混账东西", 4),
        (0, 4, "滚蛋吧你", 0),
        (1, 1, "有点慢呢今天", 1),
        (2, 1, "协商几次都被拒绝了,想再谈一次", 1),
        (2, 0, "协商几次都被拒绝了,想再谈一次", 1),
        (2, 0, "被拒绝", 2),
    ],
)
def test_mood(words: int, trained: int, text: str, level: int) -> None:
    assert level_of(words, found(mood=trained), text, RULE) == level


@pytest.mark.parametrize(("chance", "cause"), [(0.4, 2), (0.39, None)])
def test_cause(chance: float, cause: int | None) -> None:
    assert cause_of(found(cause_chance=chance), RULE) == cause


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        (found_life(0.4), True),
        (found_life(1.0, grounded=False), False),
        (found_life(0.89, polite=True), False),
        (found_life(0.9, polite=True), True),
    ],
)
def test_training_alone_never_tells_danger_to_life(finding: Findings, told: bool) -> None:
    """A word for it must stand there; and who asks or thanks must be surer."""
    assert risk_of(None, finding, LONG, False, RULE) == (("self_harm", "unclear") if told else None)


def test_untrained_means_words_alone() -> None:
    assert risk_of(None, None, LONG, False, RULE) is None
    assert risk_of(LOST, None, LONG, False, RULE) == ("card_loss", "ongoing")
    assert level_of(2, None, "这是什么态度", RULE) == 2
    assert cause_of(None, RULE) is None


def test_a_plain_short_question_is_no_reproach() -> None:
    assert level_of(0, found(mood=3), "几点关门呀？", RULE) == 1
    assert level_of(0, found(mood=3), LONG, RULE) == 2


def test_a_few_characters_are_judged_by_words_alone() -> None:
    assert risk_of(None, found(1.0), "把卡还我", False, RULE) is None
    assert risk_of(LOST, found(0.0), "卡丢了", False, RULE) == ("card_loss", "ongoing")
