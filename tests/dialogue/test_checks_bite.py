"""The checks are no decoration: a conversation spoilt in one way is found out by the check meant for it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from other_checks import problems_of
from played import Played

Spoil = Callable[[dict[str, Any]], None]


def first_reply(result: dict[str, Any], turn: int) -> dict[str, Any]:
    reply: dict[str, Any] = result["turns"][turn - 1]["replies"][0]
    return reply


def no_thanks(result: dict[str, Any]) -> None:
    first_reply(result, 1)["text"] = "非常抱歉。您先说，我在听。"


def asks_the_upset(result: dict[str, Any]) -> None:
    first_reply(result, 1)["text"] += "大概是什么时候的事？"
    result["turns"][0]["asked"] = ["when"]


def asks_again(result: dict[str, Any]) -> None:
    result["turns"][2]["asked"] = ["when"]


def scolds(result: dict[str, Any]) -> None:
    first_reply(result, 2)["text"] += "请您冷静一下。"


def writes_traditional(result: dict[str, Any]) -> None:
    first_reply(result, 2)["text"] += "謝謝您。"


def promises_nobody_watches(result: dict[str, Any]) -> None:
    first_reply(result, 2)["phase"] = "track"
    first_reply(result, 2)["text"] += "6月13日(周五)15:00前告诉您。"


def wrong_weekday(result: dict[str, Any]) -> None:
    first_reply(result, 2)["text"] += "6月13日(周一)。"


def keeps_a_phone_number(result: dict[str, Any]) -> None:
    result["stored_text"].append("客户电话13800138000")


def two_cases(result: dict[str, Any]) -> None:
    result["tickets"].append({**deepcopy(result["tickets"][-1]), "number": "TS20250611-0999"})


def late_decision(result: dict[str, Any]) -> None:
    result["tickets"][-1]["decision_due"] = "2025-07-26T23:59:59+08:00"


def wrong_branch(result: dict[str, Any]) -> None:
    result["tickets"][-1]["exclusions"] = []
    result["tickets"][-1]["facts"]["where"]["value"] = "城北支行"


def number_that_is_none(result: dict[str, Any]) -> None:
    first_reply(result, 2)["text"] += "编号TS20250611-0888。"


def bot_speaks_beside_the_agent(result: dict[str, Any]) -> None:
    result["turns"][-1]["replies"].append({**deepcopy(first_reply(result, 1)), "by": "bot"})


def one_ask_too_many(result: dict[str, Any]) -> None:
    first_reply(result, 2)["text"] = "什么时候？在哪里？是谁？"


def forgets_to_thank(result: dict[str, Any]) -> None:
    for reply in result["turns"][0]["replies"]:
        reply["text"] = "马上转接。"


def two_drafts(result: dict[str, Any]) -> None:
    result["tickets"].append({**deepcopy(result["tickets"][0]), "number": "TS20250611-0999"})


def keeps_the_conversation(result: dict[str, Any]) -> None:
    result["turns"][0]["owner"] = "bot"


def asks_before_a_person_comes(result: dict[str, Any]) -> None:
    result["turns"][0]["asked"] = ["when"]


def tells_the_compliance_office(result: dict[str, Any]) -> None:
    result["alerts"].append({"kind": "compliance", "to": "compliance", "at": result["turns"][0]["at"], "ticket": None})


def praises_itself(result: dict[str, Any]) -> None:
    first_reply(result, 1)["text"] += "已登记。"


def loses_the_place(result: dict[str, Any]) -> None:
    result["tickets"][-1]["facts"]["where"]["value"] = "城北支行"


def loses_the_score(result: dict[str, Any]) -> None:
    result["surveys"][0]["answers"]["expectation"] = 5


def answers_in_the_middle(result: dict[str, Any]) -> None:
    result["turns"][1]["replies"].append(deepcopy(first_reply(result, 6)))


def breaks_nothing(result: dict[str, Any]) -> None:
    result["promises"][0]["state"] = "kept"


def lets_the_manager_decide(result: dict[str, Any]) -> None:
    result["turns"][3].pop("refused")


def reminds_twice(result: dict[str, Any]) -> None:
    result["turns"][1]["replies"].append(deepcopy(first_reply(result, 2)))


def writes_at_night(result: dict[str, Any]) -> None:
    first_reply(result, 2)["at"] = "2025-06-14T23:30:00+08:00"


SPOILT: tuple[tuple[str, Spoil, str], ...] = (
    ("D02", no_thanks, "opening"),
    ("D02", asks_the_upset, "opening"),
    ("D02", asks_the_upset, "soothing_asks_nothing"),
    ("D02", asks_again, "nothing_asked_twice"),
    ("D02", scolds, "no_banned_phrase"),
    ("D02", writes_traditional, "same_script"),
    ("D02", promises_nobody_watches, "dates_are_kept_watch_of"),
    ("D02", wrong_weekday, "weekdays_are_right"),
    ("D02", keeps_a_phone_number, "no_secret_kept"),
    ("D02", two_cases, "one_case"),
    ("D02", late_decision, "dates"),
    ("D02", wrong_branch, "facts"),
    ("D02", wrong_branch, "recusal"),
    ("D02", number_that_is_none, "numbers_exist"),
    ("D02", one_ask_too_many, "few_asks"),
    ("D03", bot_speaks_beside_the_agent, "agent_is_alone"),
    ("K19", forgets_to_thank, "heard"),
    ("K19", two_drafts, "recorded"),
    ("K19", keeps_the_conversation, "owned_by"),
    ("K19", asks_before_a_person_comes, "asks_only"),
    ("K25", tells_the_compliance_office, "alerted"),
    ("K25", praises_itself, "heard"),
    ("K39", loses_the_place, "kept"),
    ("K31", loses_the_score, "scored"),
    ("K39", answers_in_the_middle, "joined"),
    ("K61", breaks_nothing, "stands_in_the_record"),
    ("K78", lets_the_manager_decide, "refused"),
    ("K73", reminds_twice, "written_so_often"),
    ("K73", writes_at_night, "nobody_is_woken"),
)


@pytest.mark.plays("D02", "D03", "K19", "K25", "K31", "K39", "K61", "K73", "K78")
@pytest.mark.parametrize(("base", "spoil", "check"), SPOILT, ids=lambda value: getattr(value, "__name__", value))
def test_is_found_out(conversations: dict[str, Played], base: str, spoil: Spoil, check: str) -> None:
    good = conversations[base]
    result = deepcopy(good.result)
    spoil(result)
    new = set(problems_of(Played(good.script, result))) - set(problems_of(good))
    assert any(problem.startswith(f"{check}:") for problem in new), new
