"""Times that customers tell, against a calendar worked out by hand."""

from __future__ import annotations

from datetime import datetime

import pytest
from facts_when_table import NOT_TIMES, NOW, OTHER_NOWS, TABLE

from desk.clock import SHANGHAI
from desk.reading.facts.when import read_when, simplify


def moment(raw: str, now: datetime, year: int | None = 2025) -> datetime | None:
    if raw == "-":
        return None
    if raw == "now":
        return now
    day, _, hour = raw.partition(" ")
    full = day if day.count("-") == 2 else f"{year}-{day}"
    return datetime.fromisoformat(f"{full} {hour or '00:00'}").replace(tzinfo=SHANGHAI)


def at(raw: str) -> datetime:
    return datetime.fromisoformat(raw).replace(tzinfo=SHANGHAI)


CASES = [(NOW, *line.split("|")) for line in TABLE.strip().splitlines()]
CASES += [tuple(line.split("|")) for line in OTHER_NOWS.strip().splitlines() if not line.endswith("skip")]


def test_the_table_is_large_enough() -> None:
    assert len(CASES) >= 250


@pytest.mark.parametrize(("said_at", "words", "start", "end", "precision"), CASES)
def test_resolves(said_at: str, words: str, start: str, end: str, precision: str) -> None:
    now = at(said_at)
    found = read_when(words, now)
    assert len(found) == 1, [f.text for f in found]
    assert found[0].precision == precision
    assert found[0].start_at == moment(start, now)
    assert found[0].end_at == moment(end, now)
    assert words[found[0].start : found[0].end] == found[0].text


@pytest.mark.parametrize("words", [c[1] for c in CASES if c[0] == NOW])
def test_is_found_inside_a_sentence(words: str) -> None:
    if words in ("都两周了", "三个月了"):
        return
    text = f"我{words}去办业务,被扣了年费"
    alone = read_when(words, at(NOW))[0]
    found = read_when(text, at(NOW))
    assert [(f.start_at, f.end_at, f.precision) for f in found] == [(alone.start_at, alone.end_at, alone.precision)]
    assert text[found[0].start : found[0].end] == found[0].text


@pytest.mark.parametrize("text", NOT_TIMES.strip().splitlines())
def test_is_no_time(text: str) -> None:
    assert [f.text for f in read_when(text, at(NOW))] == []


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("昨天下午三点多在柜台,今天又去了一趟", ["昨天下午三点多", "今天"]),
        ("5月20日扣了一次,6月3日又扣一次", ["5月20日", "6月3日"]),
        ("去年办的卡,最近每个月都扣钱", ["去年"]),
        ("从3月到5月一直扣", ["从3月到5月"]),
        ("上周五,下午两点去的", ["上周五,下午两点"]),
        ("到今天还没有退,是5月8日买的", ["5月8日"]),
        ("6月10日转的,6月10日下午三点到账失败", ["6月10日下午三点"]),
        ("约定三天后回电,今天没接到", ["今天"]),
        ("合同有效期到2038年,2024年3月签的", ["2024年3月"]),
        ("2022网贷平台骗我", ["2022"]),
        ("我刚办了三个月,就涨价", ["三个月"]),
        ("存了三个月的定期", []),
        ("放款的前一天晚上才告诉我", ["前一天晚上"]),
        ("卡里的钱一夜之间没了", ["一夜之间"]),
        ("每月15号扣款,从2024年8月开始", ["每月15号", "从2024年8月开始"]),
    ],
)
def test_spans_of_a_story(text: str, spans: list[str]) -> None:
    assert [f.text for f in read_when(text, at(NOW))] == spans


def test_a_deadline_looks_forward() -> None:
    found = read_when("请在6月26日前给我答复", at(NOW))[0]
    assert found.start_at == at("2025-06-26 00:00")


def test_what_has_come_due_looks_back() -> None:
    """5月20号到期 is still to come; 5月20号到期的 is told of what has been."""
    [due] = read_when("5月20号到期的,利息少给了", at(NOW))
    assert due.start_at == at("2025-05-20 00:00")


@pytest.mark.parametrize(
    ("traditional", "start"),
    [
        ("上個月", "2025-05-01"),
        ("昨天下午三點", "2025-06-10 15:00"),
        ("上週五", "2025-06-06"),
        ("尋日", "2025-06-10"),
        ("兩天後", None),
    ],
)
def test_traditional_time_words(traditional: str, start: str | None) -> None:
    found = read_when(simplify(traditional), at(NOW))
    assert [f.start_at for f in found] == ([at(start if " " in start else f"{start} 00:00")] if start else [])


def test_times_are_read_in_shanghai() -> None:
    utc = datetime.fromisoformat("2025-06-10T23:30:00+00:00")  # already the 11th in Shanghai
    assert read_when("昨天", utc)[0].start_at == at("2025-06-10 00:00")


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        read_when("昨天", datetime(2025, 6, 11))  # noqa: DTZ001
