"""What the trained readers look for beside runs of characters."""

import re

import pytest

from desk.reading.lexicon import load
from desk.reading.trained.cues import cues_of, has_grounds, in_one_word, is_polite


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("我阿妈寻晚唔见咗张信用卡", "家人昨晚不见了张卡"),
        ("老公的储蓄卡", "家人的卡"),
        ("仲裁要多久", "仲裁要多久"),
    ],
)
def test_words_of_one_meaning_are_one(text: str, plain: str) -> None:
    assert in_one_word(text) == plain


def test_what_a_danger_shows() -> None:
    shown = cues_of("risk", "对方让我转了三千就拉黑", "对方让我转了三千就拉黑")
    assert {"stranger", "told_to", "paid_up", "vanished"} <= set(shown)
    assert "asks" not in shown


def test_the_mood_knows_what_the_word_lists_make_of_it() -> None:
    shown = cues_of("mood", "太差了!凭什么?", "太差了!凭什么?")
    assert {"level:2", "rhetorical", "one_mark"} <= set(shown)


@pytest.mark.parametrize(
    ("risk", "text", "grounds"),
    [
        ("self_harm", "谢谢你,今天问完了", False),
        ("self_harm", "问完了，结束对话吧", False),
        ("self_harm", "不想再醒来", True),
        ("violence", "请问年费多少", False),
        ("violence", "下班门口见", True),
        ("fraud", "请问年费多少", True),
    ],
)
def test_grounds(risk: str, text: str, grounds: bool) -> None:
    assert has_grounds(risk, text) is grounds


def test_polite() -> None:
    assert is_polite("麻烦你们了")
    assert not is_polite("还钱")


def test_no_unbounded_repetition() -> None:
    """The time must stay linear in the length of the message."""
    source = load("lexicon", "cues")
    patterns = [*source["risk"].values(), *source["mood"].values(), *(pattern for pattern, _ in source["same"])]
    assert [pattern for pattern in patterns if re.search(r"(?<!\\)[+*]", pattern)] == []


def test_grounds_are_cues() -> None:
    source = load("lexicon", "cues")
    assert {name for names in source["grounds"].values() for name in names} <= set(source["risk"])
