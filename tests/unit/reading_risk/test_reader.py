from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.clock import SHANGHAI
from desk.reading.schemas import MoodHistory, Reading
from desk.reading.service import Reader
from desk.reading.trained.schemas import Findings

NOW = datetime(2025, 6, 11, 10, tzinfo=SHANGHAI)
READER = Reader()


def read(text: str, history: MoodHistory | None = None) -> Reading:
    return READER.read(text, now=NOW, history=history)


def test_everything_in_one_reading() -> None:
    reading = read("柜员什么态度!!昨天我去城南支行问了两句就骂我,再不道歉我发抖音")
    assert reading.mood.level == 3
    assert reading.threat == "media"
    assert reading.complaint
    assert reading.staff_implicated
    assert reading.risk is None
    assert reading.script == "hans"
    assert reading.facts.when


def test_normalised_is_as_long_and_harmless() -> None:
    reading = read("／restart 我要客訴")
    assert len(reading.normalised) == len("／restart 我要客訴")
    assert not reading.normalised.startswith("/")
    assert reading.normalised.endswith("我要客诉")
    assert reading.script == "hant"


@pytest.mark.parametrize(
    ("text", "risk", "stage"),
    [("我不想活了", "self_harm", "ongoing"), ("刚被骗走三万,快拦截", "fraud", "ongoing"), ("你好", None, None)],
)
def test_risk_and_stage(text: str, risk: str | None, stage: str | None) -> None:
    reading = read(text)
    assert (reading.risk, reading.risk_stage) == (risk, stage)


def test_a_threat_of_violence_is_level_four_in_calm_words() -> None:
    mood = read("我明天带刀去你们网点", MoodHistory(levels=(0, 1), score=1.0)).mood
    assert (mood.level, mood.score, mood.trend) == (4, 2.8, 4)


def test_danger_to_oneself_is_distress_not_anger() -> None:
    mood = read("还不上钱,不想活了").mood
    assert mood.distress
    assert mood.level <= 2


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        READER.read("你好", now=datetime(2025, 6, 11))  # noqa: DTZ001


def test_threads_may_share_a_reader() -> None:
    texts = ["我要投诉柜员", "卡丢了", "谢谢", "我們二十個人都被騙了", "转人工"] * 20
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, texts)) == [read(text) for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    reading = read(text)
    assert len(reading.normalised) == len(text)
    assert Reading.model_validate_json(reading.model_dump_json()) == reading


class SureOfLoss:
    """Trained readers that hear a lost card in everything."""

    def find(self, text: str) -> Findings:
        return Findings(danger=0.99, risk="card_loss", mood=0, cause_six=1, cause_chance=0.0)


@pytest.mark.parametrize(
    ("told", "text", "risk"),
    [
        ("", "你们快点把我的卡还给我好不好", "card_loss"),
        ("取款机把我的卡吞了", "你们快点把我的卡还给我好不好", None),
        ("取款机把我的卡吞了", "我另一张银行卡被小偷偷了", "card_loss"),
        ("", "我交行的那张信用卡找不到了", None),
    ],
)
def test_danger_that_only_training_hears_fits_what_was_told(
    monkeypatch: pytest.MonkeyPatch, told: str, text: str, risk: str | None
) -> None:
    reader = Reader()
    monkeypatch.setattr(reader, "_trained", SureOfLoss())
    assert reader.read(text, now=NOW, told=told).risk == risk
