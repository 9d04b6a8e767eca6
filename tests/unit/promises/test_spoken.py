"""What a colleague promises in words is watched like any other promise (rule P2)."""

from datetime import datetime

import pytest

from desk.policy.hours import ServiceHours
from desk.policy.schemas import policy
from desk.promises.spoken import spoken_promises

HOURS = ServiceHours(policy(), policy().calendar)
NOW = datetime.fromisoformat("2025-06-11T10:00:00+08:00")


def due(text: str) -> list[str]:
    return [f"{spoken.due_at:%m-%d %H:%M}" for spoken in spoken_promises(text, NOW, HOURS)]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("今天下午四点前我给您答复。", "06-11 16:00"),
        ("明天上午10点我给您打电话", "06-12 10:00"),
        ("兩小時內回覆您", "06-11 12:00"),
        ("周五前把结果告诉您。", "06-13 18:30"),
        ("三天内给您处理决定", "06-14 18:30"),
        ("您5月20日反映的事我看到了，今天16点前给您准信。", "06-11 16:00"),
        ("明天中午12点前，我会把核实的情况告诉您", "06-12 12:00"),
    ],
)
def test_a_time_and_a_deed_are_a_promise(text: str, when: str) -> None:
    assert due(text) == [when]


@pytest.mark.parametrize(
    "text",
    [
        "您明天下午3点可以来网点吗？",
        "我马上帮您看",
        "我昨天已经答复您了",
        "您5月20日反映的280元，我给您查一下",
        "请您明天上午带身份证来",
        "我会给您一个答复",
    ],
)
def test_a_question_the_past_and_no_time_are_none(text: str) -> None:
    assert due(text) == []


def test_each_sentence_may_promise_in_the_words_as_written() -> None:
    found = list(spoken_promises("今天17點前給您答覆。明天10点给您回电。您好。", NOW, HOURS))
    assert [spoken.content for spoken in found] == ["今天17點前給您答覆。", "明天10点给您回电。"]
