"""What a case says was there before, and where it shows."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_bot import Play, ScriptedBot

NUMBER, OTHER = "TS20250605-0003", "TS20250604-0009"


def ticket(**fields: Any) -> dict[str, Any]:
    return {"number": NUMBER, "state": "investigating", "received_at": "2025-06-10T09:00:00+08:00", **fields}


async def test_a_ticket_stands_as_given(play: Play) -> None:
    given = ticket(
        priority="P1",
        items=[{"what": "年费多扣了300元"}],
        facts={"where": "城南支行", "when": "6月2日", "amount": "300元", "contact": "13812345678"},
        owner="0101",
        complexity="complex",
    )
    result = await play([], given={"tickets": [given, ticket(number=OTHER, mine=False)]})
    others, mine = result["tickets"]
    assert (mine["number"], mine["mine"], others["mine"]) == (NUMBER, True, False)
    assert (mine["state"], mine["priority"], mine["owner"]) == ("investigating", "P1", "0101")
    assert mine["items"][0]["what"] == "年费多扣了300元"
    assert mine["facts"]["when"]["resolved"] == "2025-06-02"
    assert mine["facts"]["amount"]["resolved"] == 300
    assert mine["facts"]["contact"]["value"] == "[PHONE:138****5678]"
    assert not any("13812345678" in text for text in result["stored_text"])
    assert mine["decision_due"] == "2025-07-10T23:59:59+08:00"
    assert [step["to"] for step in mine["history"]] == ["draft", "registered", "assigned", "investigating"]


async def test_given_history_is_kept_and_chases_are_counted(play: Play) -> None:
    history = [
        {"from": "draft", "to": "registered", "by": "bot", "at": "2025-06-10T09:00:00+08:00", "reason": "登记"},
        {"kind": "chase", "at": "2025-06-10T15:00:00+08:00"},
    ]
    result = await play([], given={"tickets": [ticket(state="registered", history=history)]})
    [mine] = result["tickets"]
    assert [(step["from"], step["to"]) for step in mine["history"]] == [("draft", "registered")]
    assert mine["chases"] == 1


async def test_the_customer_comes_back_to_the_thread_of_the_newest_case(play: Play, bot: ScriptedBot) -> None:
    await play(["查一下进度怎么样了？"], given={"tickets": [ticket()]})
    assert bot.heard[0]["metadata"]["entities"]["stage"] == "registered"


async def test_a_draft_is_asked_about_after_a_day(play: Play) -> None:
    draft = ticket(state="draft", items=[{"what": "排队两个小时"}])
    result = await play([{"wait": "PT24H"}], given={"tickets": [draft]})
    [asked] = result["turns"][0]["replies"]
    assert asked["at"] == "2025-06-11T10:00:00+08:00"
    assert result["tickets"][0]["owner"] is None


async def test_a_promise_already_past_is_broken_before_the_first_turn(play: Play) -> None:
    promise = {"ticket": NUMBER, "content": "周二前给您电话", "due_at": "2025-06-10T18:00:00+08:00"}
    result = await play([], given={"tickets": [ticket()], "promises": [promise]})
    assert [row["state"] for row in result["promises"]] == ["broken"]
    assert [(row["kind"], row["at"]) for row in result["alerts"]] == [("promise_broken", "2025-06-11T10:00:00+08:00")]
    assert result["tickets"][0]["next_update_at"] == promise["due_at"]


async def test_the_next_digit_answers_the_survey_that_was_sent(play: Play, bot: ScriptedBot) -> None:
    survey = {
        "ticket": NUMBER,
        "sent_at": "2025-06-11T09:30:00+08:00",
        "text": "感受几分？",
        "item": "perception",
        "answers": {"solved": "solved", "expectation": 4},
    }
    decided = ticket(
        state="notified", notified_at="2025-06-10T09:30:00+08:00", decision={"outcome": "upheld", "text": "退"}
    )
    result = await play(["4"], given={"tickets": [decided], "surveys": [survey]})
    assert bot.heard[0]["metadata"]["intent"] == {"name": "give_score"}
    assert result["surveys"][0]["answers"] == survey["answers"]
    assert result["turns"][0]["replies"][0]["text"] == "好的"


async def test_an_option_of_the_survey_can_be_tapped(play: Play, bot: ScriptedBot) -> None:
    survey = {
        "ticket": NUMBER,
        "sent_at": "2025-06-11T09:30:00+08:00",
        "text": "解决了吗？",
        "item": "solved",
        "options": ["已解决", "部分解决", "没有解决"],
    }
    decided = ticket(state="notified", notified_at="2025-06-10T09:30:00+08:00")
    result = await play([{"choice": 3}], given={"tickets": [decided], "surveys": [survey]})
    assert result["turns"][0]["in"] == "没有解决"
    assert bot.heard[0]["metadata"]["intent"] == {"name": "give_score"}


async def test_a_fresh_decision_has_its_survey_ahead_and_an_old_one_behind(play: Play) -> None:
    fresh = ticket(state="notified", notified_at="2025-06-11T09:30:00+08:00")
    old = ticket(number=OTHER, state="notified", notified_at="2025-06-06T09:30:00+08:00")
    result = await play([], given={"tickets": [fresh, old]})
    planned = [(row["kind"], row["ticket"], row["due_at"]) for row in result["scheduled"]]
    assert planned == [("survey", NUMBER, "2025-06-12T09:30:00+08:00")]


async def test_an_appointment_has_its_reminder(play: Play) -> None:
    call = {"ticket": NUMBER, "kind": "call", "start": "2025-06-11T14:00:00+08:00"}
    result = await play([{"wait": "PT4H"}], given={"tickets": [ticket()], "appointments": [call]})
    assert [reply["at"] for reply in result["turns"][0]["replies"]] == ["2025-06-11T13:50:00+08:00"]
    assert result["appointments"][0]["end"] == "2025-06-11T14:30:00+08:00"


async def test_the_case_brings_its_own_calendar(play: Play) -> None:
    """On a holiday nobody of the default roster but those on call is there."""
    open_day = await play([{"bot": "down"}, "在吗？"])
    closed = await play([{"bot": "down"}, "在吗？"], calendar={"holidays": ["2025-06-11"]})
    told = [result["turns"][1]["replies"][0]["text"] for result in (open_day, closed)]
    assert told[0] != told[1]


async def test_who_writes_is_as_given(play: Play) -> None:
    result = await play(["在吗？"], customer={"ref": "C-77", "tier": "HQ_KEY", "verified": True, "name": "示例"})
    assert {"C-77", "HQ_KEY"} <= set(result["stored_text"])


@pytest.mark.parametrize(("told", "resolved"), [(50000, 50000), (1234567, 1234567), (12.5, 12.5), ("三万", 30000)])
async def test_a_sum_may_be_given_as_a_number(play: Play, told: float | str, resolved: float) -> None:
    result = await play([], given={"tickets": [ticket(facts={"amount": told})]})
    assert result["tickets"][0]["facts"]["amount"]["resolved"] == resolved


async def test_a_restricted_case_is_for_people_on_duty_and_who_has_it_in_hand(play: Play) -> None:
    """3-dialogue.md 3.9. The others do not even see it."""
    given = ticket(owner="0213", flags={"restricted": True}, items=[{"what": "涉及人身安全，仅值班人员可见"}])
    notes = [
        {"as": "agent", "work_no": who, "do": "note", "args": {"ticket": NUMBER, "text": "已联系家属"}}
        for who in ("0101", "0307")
    ]
    result = await play(notes, given={"tickets": [given, ticket(number=OTHER)]})
    mine = {row["number"]: row for row in result["tickets"]}
    assert mine[NUMBER]["visible_to"] == ["0213", "duty", "supervisor", "compliance"]
    assert {"agent", "duty"} <= set(mine[OTHER]["visible_to"])
    assert [(turn.get("refused") or {}).get("error") for turn in result["turns"]] == ["not_allowed", None]


async def test_a_deed_about_a_case_that_is_not_there_is_refused(play: Play) -> None:
    deed = {
        "as": "agent",
        "work_no": "0101",
        "do": "decide",
        "args": {"ticket": "TS20250101-0001", "outcome": "upheld"},
    }
    result = await play([deed])
    assert result["error"] is None
    assert result["turns"][0]["refused"]["status"] == 404
