"""Who says what when: bursts, gaps, waits, and a bot that goes away."""

from __future__ import annotations

from typing import Any

from scripted_bot import Play, Result, ScriptedBot

FINISHED, FRAGMENT = "你们城南支行几点开门？", "想问下"


def times(result: Result) -> list[str]:
    return [turn["at"][11:19] for turn in result["turns"]]


def reply_times(turn: dict[str, Any]) -> list[str]:
    return [reply["at"][11:19] for reply in turn["replies"]]


async def test_the_next_message_comes_twenty_seconds_after_the_last_reply(play: Play) -> None:
    result = await play([FINISHED, FRAGMENT, FINISHED])
    assert result["error"] is None
    # The fragment is waited for, so its answer comes later; the next turn counts from that answer.
    assert times(result) == ["10:00:00", "10:00:20", "10:00:43"]
    assert [reply_times(turn) for turn in result["turns"]] == [["10:00:00"], ["10:00:23"], ["10:00:43"]]


async def test_a_burst_is_one_turn_of_the_bot_and_its_reply_stands_at_the_last_piece(
    play: Play, bot: ScriptedBot
) -> None:
    result = await play([FRAGMENT, {"text": FINISHED, "after_s": 2}])
    first, second = result["turns"]
    assert times(result) == ["10:00:00", "10:00:02"]
    assert first["replies"] == []
    assert [reply["answers"] for reply in second["replies"]] == [[1, 2]]
    assert len(bot.heard) == 1


async def test_a_finished_sentence_is_answered_before_the_next_one_comes(play: Play) -> None:
    result = await play([FINISHED, {"text": FINISHED, "after_s": 2}])
    assert [len(turn["replies"]) for turn in result["turns"]] == [1, 1]
    assert times(result) == ["10:00:00", "10:00:02"]


async def test_waiting_runs_what_falls_due_at_its_own_moment(play: Play) -> None:
    ticket = {"number": "TS20250610-0001", "state": "investigating", "received_at": "2025-06-10T10:00:00+08:00"}
    result = await play([FINISHED, {"wait": "P3D"}, FINISHED], given={"tickets": [ticket]})
    waiting, after = result["turns"][1:]
    # P2 is told every 72 hours; the case was received a day before the first turn.
    assert [reply["at"] for reply in waiting["replies"]] == ["2025-06-13T10:00:00+08:00"]
    assert waiting["phase"] == "track"
    assert waiting["seq"] is None
    assert after["at"] == "2025-06-14T10:00:20+08:00"


async def test_a_frozen_bot_costs_the_time_the_api_gives_it(play: Play) -> None:
    result = await play([{"bot": "frozen"}, FINISHED, {"bot": "up"}, FINISHED])
    assert times(result)[1] == "10:00:00"
    [told] = result["turns"][1]["replies"]
    assert told["at"] == "2025-06-11T10:00:08.500000+08:00"
    assert result["turns"][1]["owner"] == "queue"
    assert result["queue"][0]["reason"] == "bot_down"


async def test_a_bot_that_is_down_says_so_at_once_and_in_the_log(play: Play, bot: ScriptedBot) -> None:
    result = await play([{"bot": "down"}, FINISHED])
    assert reply_times(result["turns"][1]) == ["10:00:00"]
    assert bot.heard == []
    assert any("turn_attempt_failed" in line for line in result["stored_text"])


async def test_after_the_last_turn_only_answers_are_waited_for(play: Play) -> None:
    ticket = {"number": "TS20250610-0001", "state": "investigating", "received_at": "2025-06-10T10:00:00+08:00"}
    result = await play([FRAGMENT], given={"tickets": [ticket]})
    assert reply_times(result["turns"][0]) == ["10:00:03"]
    planned = [(row["kind"], row["work"]) for row in result["scheduled"]]
    assert planned == [("update", "update"), ("alert", "decision_near"), ("update", "decision_at_risk")]


async def test_saying_it_again_stops_when_it_holds_and_is_no_error_when_it_never_does(
    play: Play, bot: ScriptedBot
) -> None:
    result = await play([{"say": "对，没错。", "until": "number_told", "max": 2}, "谢谢。"])
    assert result["error"] is None
    assert [len(turn["replies"]) for turn in result["turns"]] == [2, 1]
    assert times(result) == ["10:00:00", "10:00:40"]
    assert len(bot.heard) == 3
