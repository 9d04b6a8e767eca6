from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.replay.cases.parse import MalformedCases, load_cases, parse_cases
from api.replay.cases.turns import AgentDoes, BotIs, Repeats, Says, Taps, Waits
from desk.clock import local


def one(**fields: Any) -> list[dict[str, Any]]:
    return [{"id": "T1", "turns": [], **fields}]


def test_every_kind_of_turn_is_understood() -> None:
    [case] = parse_cases(
        one(
            turns=[
                "你好",
                {"text": "在吗", "after_s": 2},
                {"kind": "voice", "duration_s": 12},
                {"choice": 1},
                {"wait": "P1DT2H"},
                {"as": "agent", "work_no": "0213", "do": "say", "args": {"text": "您好"}},
                {"say": "对", "until": "number_told", "max": 3},
                {"bot": "frozen"},
            ]
        )
    )
    assert [type(turn) for turn in case.turns] == [Says, Says, Says, Taps, Waits, AgentDoes, Repeats, BotIs]
    wait = case.turns[4]
    assert isinstance(wait, Waits)
    assert wait.wait == timedelta(hours=26)


def test_what_is_left_out_has_the_documented_default() -> None:
    [case] = parse_cases(one())
    assert case.context.channel == "web"
    assert case.context.now.isoformat() == "2025-06-11T10:00:00+08:00"
    assert case.context.customer.tier == "GENERAL"
    assert case.locale == "zh-CN"


@pytest.mark.parametrize(
    ("lang", "locale"), [("zh-Hans", "zh-CN"), ("zh-Hant", "zh-TW"), ("zh-Hant-HK", "zh-HK"), ("yue", "zh-HK")]
)
def test_language_implies_the_locale_of_the_browser(lang: str, locale: str) -> None:
    assert parse_cases(one(lang=lang))[0].locale == locale


def test_a_time_without_zone_is_the_customers_own() -> None:
    [case] = parse_cases(one(context={"now": "2025-06-11T22:30:00"}))
    assert local(case.context.now).isoformat() == "2025-06-11T22:30:00+08:00"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"id": "T1"}, "the file must hold a list of cases"),
        (one(turnz=[]), "case T1: unknown field turnz"),
        (one(turnz=[], lagn="x"), "case T1: unknown fields turnz, lagn"),
        (one(turns=["x", {"text": "y", "afters": 2}]), "case T1: unknown field turns[1].afters"),
        (one(turns=[{"wait": "24h"}]), "case T1: turns[0].wait: not an ISO duration such as PT24H"),
        (one(turns=[{"wait": "PT"}]), "case T1: turns[0].wait: not an ISO duration such as PT24H"),
        (one(turns=[7]), "case T1: turns[0] is no turn: it needs a text, or one of choice, wait, as, say, bot"),
        (one(context={"given": {"tickets": [{"colour": 1}]}}), "unknown field context.given.tickets[0].colour"),
        (one(context={"given": {"tickets": [{}]}}), "context.given.tickets[0].number is missing"),
        (one(context={"given": {"surveys": [{"ticket": "TS1"}]}}), "ticket TS1 is not among given.tickets"),
        ([{"turns": []}], "case 1: id is missing"),
        ([*one(), *one()], "case T1: id stands twice"),
    ],
)
def test_a_malformed_file_is_named_in_one_sentence(raw: Any, sentence: str) -> None:
    with pytest.raises(MalformedCases) as error:
        parse_cases(raw)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_json_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text("[{", encoding="utf-8")
    with pytest.raises(MalformedCases, match="is not JSON"):
        load_cases(file)
    with pytest.raises(MalformedCases, match="cannot be read"):
        load_cases(tmp_path / "none.json")


def test_a_file_is_read_as_utf8(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(one(turns=["在吗"]), ensure_ascii=False), encoding="utf-8")
    [case] = load_cases(file)
    assert case.turns == [Says(text="在吗")]
