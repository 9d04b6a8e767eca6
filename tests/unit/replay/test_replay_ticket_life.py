"""Given tickets in every state of their life, and colleagues' deeds with them."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from scripted_bot import Play

from api.replay.cases.given import State

NUMBER, OTHER = "TS20250605-0003", "TS20250604-0009"


def ticket(**fields: Any) -> dict[str, Any]:
    decision = {"outcome": "upheld", "text": "已退回费用"}
    return {"number": NUMBER, "owner": "0101", "items": [{"what": "年费多扣了300元"}], "decision": decision, **fields}


def does(deed: str, work_no: str = "0101", **args: Any) -> dict[str, Any]:
    return {"as": "agent", "work_no": work_no, "do": deed, "args": {"ticket": NUMBER, **args}}


async def test_every_state_can_be_given(play: Play) -> None:
    """The database's own guards are met: what is closed has its proof."""
    given = [
        ticket(
            number=f"TS20250611-{n:04d}",
            state=state,
            received_at="2025-06-11T09:00:00+08:00",
            decision=None,
            owner=None if state == "draft" else "0101",
        )
        for n, state in enumerate(get_args(State))
    ]
    result = await play([], given={"tickets": given})
    assert result["error"] is None
    assert {row["state"] for row in result["tickets"]} == set(get_args(State))
    [closed] = [row for row in result["tickets"] if row["state"] == "closed"]
    assert closed["missing_to_close"] == []
    assert closed["rechecks"][0]["by"] != closed["rechecks"][0]["handler"]


async def test_from_the_decision_to_the_end(play: Play) -> None:
    result = await play(
        [
            does("decide", outcome="upheld", text="已退回费用", notify=False),
            does("notify"),
            does("recheck", "0213", result="通过", note="看过流水"),
            does("feedback", department="个人金融部", text="费率没有提前告知"),
            does("root_cause", cause_six=3, cause_jrt="pricing_fee", department="个人金融部", text="没有公示"),
            does("rectify", measure="公示费率"),
            does("follow_up", result="answered", note="电话回访，满意"),
            does("close"),
        ],
        given={"tickets": [ticket(state="investigating", decision=None)]},
    )
    assert result["error"] is None
    assert [turn.get("refused") for turn in result["turns"]] == [None] * 8
    [mine] = result["tickets"]
    assert mine["state"] == "closed"
    assert mine["items"][0]["outcome"] == "upheld"
    assert [notice["result"] for notice in mine["notices"]] == ["sent"]


async def test_a_closed_ticket_is_opened_again(play: Play) -> None:
    result = await play([does("reopen", reason="客户补了回单")], given={"tickets": [ticket(state="closed")]})
    assert result["tickets"][0]["state"] == "reopened"


async def test_notifying_what_was_told_is_nothing_to_do(play: Play) -> None:
    result = await play([does("notify")], given={"tickets": [ticket(state="notified")]})
    assert result["turns"][0].get("refused") is None


async def test_merging_given_tickets_and_what_they_are_linked_to(play: Play) -> None:
    earlier = ticket(number=OTHER, state="investigating", decision=None)
    later = ticket(state="registered", decision=None, links=[{"kind": "same_event", "number": OTHER}])
    result = await play([does("merge", into=OTHER)], given={"tickets": [earlier, later]})
    merged = next(row for row in result["tickets"] if row["number"] == NUMBER)
    assert merged["state"] == "merged"
    assert {"kind": "merged_into", "number": OTHER} in merged["links"]


async def test_a_hand_over_that_waits(play: Play) -> None:
    given = ticket(state="investigating", decision=None, hand_over={"to": "0213", "note": "休假"})
    result = await play([does("accept", "0213")], given={"tickets": [given]})
    assert result["tickets"][0]["owner"] == "0213"
    late = await play([{"wait": "PT2H"}], given={"tickets": [given]})
    assert [(alert["kind"], alert["to"]) for alert in late["alerts"]] == [("duty", "supervisor")]
    assert late["tickets"][0]["owner"] == "0101"


@pytest.mark.parametrize("authorisation", ["pending", "shown"])
async def test_a_proxys_authorisation(play: Play, authorisation: str) -> None:
    given = ticket(
        state="investigating", decision=None, on_behalf={"relation": "parent", "authorisation": authorisation}
    )
    result = await play([does("decide", outcome="upheld", text="余额里的300元已退")], given={"tickets": [given]})
    assert result["tickets"][0]["state"] == ("notified" if authorisation == "shown" else "investigating")
