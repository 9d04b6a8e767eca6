"""Taps, colleagues, places, and what can go wrong in a script."""

from __future__ import annotations

import pytest
from scripted_bot import Play, ScriptedBot

from api.replay.cases.parse import parse_cases
from api.replay.service import play_all

QUESTION = "你们城南支行几点开门？"


async def test_a_tap_sends_the_button_that_was_offered(play: Play, bot: ScriptedBot) -> None:
    bot.answers = [{"buttons": [("查进度", {"intent": "query_ticket_status"}), ("找人", {"intent": "request_human"})]}]
    result = await play([QUESTION, {"choice": 2}])
    assert result["turns"][1]["in"] == "找人"
    assert bot.heard[1]["metadata"]["intent"] == {"name": "request_human"}


async def test_a_button_that_is_not_there_is_an_error_and_the_rest_is_played(play: Play) -> None:
    result = await play([QUESTION, {"choice": 1}, QUESTION])
    assert result["error"] == "turn 2: there is no button 1, 0 were offered last"
    assert len(result["turns"]) == 3
    assert len(result["turns"][2]["replies"]) == 1


async def test_a_colleague_takes_writes_and_gives_back(play: Play, bot: ScriptedBot) -> None:
    agent = {"as": "agent", "work_no": "0101"}
    result = await play(
        [
            QUESTION,
            {**agent, "do": "take"},
            {**agent, "do": "say", "args": {"text": "您好，我来看。"}},
            "好，等您",
            {**agent, "do": "return"},
        ]
    )
    assert result["error"] is None
    assert [turn["owner"] for turn in result["turns"]] == ["bot", "agent", "agent", "agent", "bot"]
    assert [reply["by"] for turn in result["turns"] for reply in turn["replies"]] == ["bot", "system", "agent", "bot"]
    assert result["turns"][3]["phase"] == "handoff"
    assert len(bot.heard) == 1


async def test_a_refusal_by_the_desk_is_part_of_the_result(play: Play) -> None:
    result = await play([QUESTION, {"as": "agent", "work_no": "0101", "do": "say", "args": {"text": "您好"}}])
    assert result["error"] is None
    assert result["turns"][1]["refused"]["status"] == 409


async def test_somebody_not_on_the_roster_can_act(play: Play) -> None:
    staff = [{"work_no": "0500", "role": "agent", "on_duty": True}]
    result = await play([QUESTION, {"as": "agent", "work_no": "0777", "do": "take"}], given={"staff": staff})
    assert result["turns"][1]["owner"] == "agent"


async def test_an_unknown_deed_is_an_error_of_its_own_case(bot: ScriptedBot) -> None:
    cases = parse_cases(
        [
            {"id": "A", "turns": [QUESTION, {"as": "agent", "work_no": "0101", "do": "juggle"}]},
            {"id": "B", "turns": [QUESTION]},
        ]
    )
    first, second = await play_all(cases, bot)
    assert first["error"] == "turn 2: nobody can 'juggle' at the desk"
    assert second["error"] is None


async def test_an_error_inside_names_its_place_and_ends_only_its_case(
    bot: ScriptedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not in the bot: whatever it raises counts as no answer, and a person takes over.
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("api.chat.routes.take_in", broken)
    cases = parse_cases([{"id": "A", "turns": [QUESTION]}, {"id": "B", "turns": []}])
    first, second = await play_all(cases, bot)
    assert first["error"].startswith("turn 1: RuntimeError: ")
    assert first["error"].endswith("boom")
    assert first["turns"][0]["in"] == QUESTION
    assert second["error"] is None


async def test_an_empty_message_is_refused_as_in_the_widget(play: Play) -> None:
    result = await play([{"text": "  "}, QUESTION])
    assert result["turns"][0]["refused"]["status"] == 422
    assert result["turns"][0]["replies"] == []


async def test_a_picture_is_taken_in_without_its_placeholder(play: Play, bot: ScriptedBot) -> None:
    result = await play([{"text": "【转账截图】", "kind": "image"}])
    assert result["turns"][0]["in"] == "【转账截图】"
    assert len(result["turns"][0]["replies"]) == 1
    assert not any("转账截图" in text for text in result["stored_text"])
    assert bot.heard == []


async def test_in_a_group_everything_is_public_until_a_private_place_was_offered(play: Play) -> None:
    result = await play([QUESTION, {"text": QUESTION, "place": "private"}], channel="wechat_group_public")
    assert result["turns"][0]["replies"][0]["place"] == "public"
    assert result["error"] == "turn 2: no private place has been offered"


async def test_wechat_has_a_private_thread(play: Play) -> None:
    result = await play([QUESTION], channel="wechat", customer={"ref": "openid-1"})
    assert result["turns"][0]["replies"][0]["place"] == "private"
    assert {row["channel"] for row in result["outbox"]} == {"wechat"}


async def test_secrets_leave_no_trace(play: Play) -> None:
    result = await play(["我的密码是abc12345，帮我查一下余额。"])
    turn = result["turns"][0]
    assert turn["reading"]["redacted"] == ["password"]
    assert not any("abc12345" in text for text in result["stored_text"])


async def test_the_reading_is_told_with_the_intent_the_bot_acted_on(play: Play) -> None:
    result = await play([QUESTION, {"wait": "PT1H"}])
    asked, waited = result["turns"]
    assert (asked["reading"]["intent"], asked["reading"]["confidence"]) == ("inform", 0.9)
    assert asked["reading"]["script"] == "hans"
    assert waited["reading"]["intent"] is None
    assert waited["in"] == ""
