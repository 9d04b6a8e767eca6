import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.reading.mood import is_distressed, mood_level, read_mood, two_rises
from desk.reading.normalise import normalise
from desk.reading.schemas import MoodHistory

with (Path(__file__).parent / "levels.tsv").open(encoding="utf-8", newline="") as file:
    LEVELS = [(row["text"], int(row["level"])) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def level(text: str) -> int:
    return mood_level(normalise(text))


@pytest.mark.parametrize(("text", "expected"), LEVELS)
def test_level(text: str, expected: int) -> None:
    assert level(text) == expected


@pytest.mark.parametrize(
    ("mild", "strong"),
    [
        ("还没到账", "还没到账!!"),
        ("太差了", "太差了!!!"),
        ("快点处理,太慢了", "太慢了太慢了太慢了"),
        ("你们不是骗子", "你们是骗子"),
        ("我没说你们是垃圾", "你们是垃圾"),
        ("利滚利怎么算", "滚"),
        ("三个月退款了,真棒", "三个月了还没退,真棒"),
    ],
)
def test_what_makes_it_stronger(mild: str, strong: str) -> None:
    assert level(mild) < level(strong)


def test_only_feeling_said_over_and_over_is_stronger() -> None:
    assert level("又是核对 核对 核对,无语") == level("又是核对,无语") < level("无语 无语 无语")
    assert level("后天天气好吗") == 0


@pytest.mark.parametrize("text", ["这个怎么办理???", "可以吗?可以吗?", "几点关门??"])
def test_question_marks_alone_are_not_anger(text: str) -> None:
    assert level(text) == 0


@pytest.mark.parametrize(
    ("hans", "hant"),
    [
        ("气死我了", "氣死我了"),
        ("什么态度", "什麼態度"),
        ("你们就是骗子", "你們就是騙子"),
        ("问了三遍没人理", "問了三遍沒人理"),
    ],
)
def test_script_makes_no_difference(hans: str, hant: str) -> None:
    assert level(hans) == level(hant) > 0


@pytest.mark.parametrize(
    "text",
    [
        "我失业了,还不上",
        "孩子住院没钱交",
        "頂唔順喇",
        "压力太大睡不着",
        "我爸做手术",
        "生意失败欠了一身债",
    ],
)
def test_distress(text: str) -> None:
    assert is_distressed(normalise(text))


@pytest.mark.parametrize("text", ["请问年费多少", "柜员态度恶劣", "我要投诉", "利率太高不合理", "急死了,快点"])
def test_anger_haste_and_questions_are_not_distress(text: str) -> None:
    assert not is_distressed(normalise(text))


def test_distress_does_not_raise_the_level() -> None:
    assert level("我生病住院了,失业,想申请延期还款") <= 1


def test_score_and_trend() -> None:
    first = read_mood("有点慢", MoodHistory())
    assert (first.level, first.score, first.trend) == (1, 0.6, 0)
    second = read_mood("什么态度", MoodHistory(levels=(1,), score=first.score))
    assert (second.level, second.score, second.trend) == (2, 1.44, 0)
    third = read_mood("气死我了", MoodHistory(levels=(1, 2), score=second.score))
    assert (third.level, third.score, third.trend) == (3, 2.376, 2)
    calmer = read_mood("好的", MoodHistory(levels=(1, 2, 3), score=third.score))
    assert (calmer.level, calmer.score, calmer.trend) == (0, 0.9504, -2)


@pytest.mark.parametrize(
    ("levels", "rising"),
    [((0, 1, 2), True), ((1, 2, 3), True), ((3, 1, 2), False), ((1, 1, 2), False), ((1, 2), False), ((), False)],
)
def test_two_rises(levels: tuple[int, ...], rising: bool) -> None:
    assert two_rises(levels) is rising


@given(st.text(max_size=200), st.lists(st.integers(0, 4), max_size=5))
def test_any_text_has_a_level(text: str, levels: list[int]) -> None:
    mood = read_mood(normalise(text), MoodHistory(levels=tuple(levels), score=1.0))
    assert 0 <= mood.level <= 4
    assert 0.4 <= mood.score <= 2.8


@pytest.mark.parametrize("unit", ["退钱", "!", "气", "你们", "三", "aB", "又", "一二三四"])
def test_time_grows_with_length_and_no_faster(unit: str) -> None:
    def best(size: int) -> float:
        text = (unit * size)[:size]
        start = time.perf_counter()
        mood_level(text)
        return time.perf_counter() - start

    assert min(best(20_000), best(20_000)) < max(0.5, 15 * best(4_000))


@pytest.mark.parametrize("text", ["我妈的存折里还有多少钱", "咱妈的卡能代取吗"])
def test_a_mother_is_no_swearword(text: str) -> None:
    assert mood_level(text) == 0
