"""What customers of a private web chat hear first, with the real actions and no model in between."""

from __future__ import annotations

import pytest
from api_bot import acts
from api_world import World

THANK = acts("action_thank_and_apologise", intent="complain_service_attitude")


@pytest.mark.parametrize(
    "story",
    [
        "城南支行的柜员当着一屋子人的面骂我不识字！",
        "旁边那么多人看着，柜员把我的单子甩了出来。",
        "大厅里好多人排队，只开一个窗口，太过分了！",
        "柜员当着我妈的面说她没文化，太欺负人了！",
    ],
)
async def test_bystanders_in_the_story_are_not_listening_now(world: World, story: str) -> None:
    """3.5 row 12 is about where the customer speaks. In a one-to-one chat there is no more private place to go to."""
    customer = await world.customer()
    world.bot.next(THANK)
    [said] = await world.told(customer, story)
    assert "私信" not in said
    assert "谢" in said
    assert "抱歉" in said


async def test_a_draft_is_there_from_the_first_sentence(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    world.bot.next(THANK)
    await world.told(customer, "城南支行的柜员把我的单子甩了出来。")
    [draft] = (await agent.get("tickets"))["items"]
    assert (draft["state"], draft["type"]) == ("draft", "TS")
    assert "单子" in draft["what"]


async def test_two_complaints_in_a_row_are_one_draft(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    world.bot.next(THANK, THANK)
    await world.told(customer, "城南支行的柜员把我的单子甩了出来。")
    await world.told(customer, "他还骂我不识字，太过分了！")
    assert len((await agent.get("tickets"))["items"]) == 1


async def test_who_leaves_is_asked_once_and_then_a_person_judges(world: World) -> None:
    """A draft is never dropped (3.1): one question after a day, a person after three."""
    agent, customer = await world.agent(), await world.customer()
    world.bot.next(THANK)
    await world.told(customer, "城南支行的柜员把我的单子甩了出来。")
    await world.tick(minutes=15)
    assert "保存" in (await customer.heard())[-1]
    before = len(await customer.heard())
    await world.tick(hours=25)
    asked = (await customer.heard())[before:]
    assert len(asked) == 1
    assert "还需要" in asked[0]
    await world.tick(hours=48)
    await agent.client.post("/api/desk/sign-in", json={"user": "agent0101", "password": "correct horse battery staple"})
    [ticket] = (await agent.get("tickets"))["items"]
    assert ticket["state"] == "registered"
    assert ticket["owner"]
    assert ticket["decision_due"]
    assert [row["id"] for row in (await agent.get("conversations"))["items"]] == [customer.id]


@pytest.mark.parametrize(
    ("intent", "story", "six", "jrt"),
    [
        ("complain_unspecified", "手机银行总是闪退登不上去，弄了三天了！", 1, ["other"]),
        ("complain_promise_broken", "手机银行总是闪退登不上去，弄了三天了！", 5, ["service_attitude"]),
    ],
)
async def test_training_reads_the_cause_only_where_the_kind_is_vague(
    world: World, intent: str, story: str, six: int, jrt: list[str]
) -> None:
    """The six causes and JR/T 0169 are two columns (2-regulation.md 2.3); the first is read, the second not guessed."""
    agent, customer = await world.agent(), await world.customer()
    world.bot.next(acts("action_thank_and_apologise", intent=intent))
    await world.told(customer, story)
    [draft] = (await agent.get("tickets"))["items"]
    [item] = (await agent.get(f"tickets/{draft['number']}"))["items"]
    assert (item["cause_six"], item["cause_jrt"]) == (six, jrt)


async def test_looks_told_later_are_added_to_the_window(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    world.bot.next(THANK, acts("action_hear"))
    await world.told(customer, "城南支行3号窗口的柜员把我的单子甩了出来。")
    await world.told(customer, "女的，戴眼镜")
    [draft] = (await agent.get("tickets"))["items"]
    who = (await agent.get(f"tickets/{draft['number']}"))["facts"]["who"]["value"]
    assert "3号窗口" in who
    assert "戴眼镜" in who


async def test_a_card_in_the_machine_is_asked_after_not_lost(world: World) -> None:
    """The model alone hears a lost card; the case in hand tells where it is."""
    agent, customer = await world.agent(), await world.customer()
    world.bot.next(
        acts("action_thank_and_apologise", intent="complain_facility_system"),
        acts("action_register", intent="affirm"),
        acts("action_urgent_next", intent="report_card_loss"),
    )
    await world.told(customer, "城南支行的取款机今天上午把我的卡吞了，没人管。")
    await world.told(customer, "对，就这样登记")
    said = await world.told(customer, "把卡还我")
    [ticket] = (await agent.get("tickets"))["items"]
    assert ticket["number"] in said[-1]
    assert "挂失" not in said[-1]
    assert (await customer.fetch())["owner"] == "bot"
