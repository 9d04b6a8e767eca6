"""Given appointments in every state, and what each leaves to be done."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_bot import Play, ScriptedBot

NUMBER = "TS20250610-0007"
TICKET = {
    "number": NUMBER,
    "state": "investigating",
    "received_at": "2025-06-10T16:00:00+08:00",
    "items": [{"what": "年费多扣了"}],
}


def at(clock: str, state: str, **fields: Any) -> dict[str, Any]:
    return {"ticket": NUMBER, "start": f"2025-06-11T{clock}:00+08:00", "state": state, **fields}


async def test_what_was_offered_is_what_the_next_word_answers(play: Play, bot: ScriptedBot) -> None:
    given = {"tickets": [TICKET], "appointments": [at("14:00", "offered"), at("16:00", "offered")]}
    for turn in ("第二个", {"choice": 2}):
        bot.heard.clear()
        result = await play([turn], given=given)
        assert result["error"] is None
        heard = bot.heard[0]["metadata"]
        assert heard["intent"] == {"name": "request_other_time"}
        assert [(row["kind"], row["answer"], len(row["offered"])) for row in result["changes"]] == [
            ("change_time", "pending", 2)
        ]
        assert not any("14:00" in row["text"] for row in result["outbox"]), "it was sent long ago"
    assert {row["state"] for row in result["appointments"]} == {"offered"}


async def test_one_whose_time_is_over_is_missed_before_the_first_turn(play: Play) -> None:
    given = {"tickets": [TICKET], "appointments": [at("09:00", "booked")]}
    result = await play([], given=given)
    assert [row["state"] for row in result["appointments"]] == ["missed_by_us"]
    assert [row["state"] for row in result["promises"]] == ["broken"]
    assert [(row["kind"], row["to"]) for row in result["alerts"]] == [("promise_broken", "supervisor")]
    assert result["tickets"][0]["priority"] == "P1"


@pytest.mark.parametrize(
    ("state", "promises"),
    [("missed_by_us", ["broken"]), ("missed_by_customer", []), ("kept", []), ("cancelled", []), ("booked", ["open"])],
)
async def test_each_state_stands_as_given(play: Play, state: str, promises: list[str]) -> None:
    clock = "15:00" if state == "booked" else "09:00"
    result = await play([], given={"tickets": [TICKET], "appointments": [at(clock, state)]})
    assert [row["state"] for row in result["appointments"]] == [state]
    assert [row["state"] for row in result["promises"]] == promises
    assert result["alerts"] == []


async def test_a_promise_given_about_the_same_hour_is_not_doubled(play: Play) -> None:
    promise = {"ticket": NUMBER, "content": "下午三点给您打电话", "due_at": "2025-06-11T15:00:00+08:00"}
    given = {"tickets": [TICKET], "promises": [promise], "appointments": [at("15:00", "booked")]}
    result = await play([], given=given)
    assert [row["content"] for row in result["promises"]] == [promise["content"]]


@pytest.mark.parametrize(("kind", "end"), [("call", "15:30"), ("video", "15:40"), ("visit", "16:00")])
async def test_kinds_and_ends(play: Play, kind: str, end: str) -> None:
    moment = f"2025-06-11T{end}:00+08:00"
    result = await play([], given={"appointments": [at("15:00", "booked", kind=kind, end=moment, ticket=None)]})
    [row] = result["appointments"]
    assert (row["kind"], row["end"], row["ticket"]) == (kind, moment, None)
