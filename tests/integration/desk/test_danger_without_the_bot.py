"""With the bot gone, danger and the queue still work (issue: urgent first)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from desk.alerts.models import Alert
from desk.conversations.ownership import take
from desk.queue.models import QueueEntry
from desk.tickets.models import Ticket

SAID = {
    "fraud": "有个自称警察的让我把钱转到安全账户，我正在转",
    "unauthorized_txn": "我卡里少了八千，不是我刷的，卡还在我手上",
    "card_loss": "钱包被偷了，银行卡在里面，快帮我挂失",
    "identity_misuse": "有人用我的身份证在你们这贷了款，我根本没办过",
    "violence": "明天我带刀去你们网点砍人",
    "self_harm": "我站在楼顶上，不想活了",
}


@pytest.mark.parametrize("risk", SAID)
async def test_ticket_queue_and_first_sentence_in_the_same_breath(desk, risk):
    await desk.customer_says(SAID[risk])
    tickets = await desk.all(select(Ticket))
    assert [(ticket.state, ticket.priority) for ticket in tickets] == [("registered", "P0")]
    entries = await desk.all(select(QueueEntry))
    assert [(entry.priority, entry.reason) for entry in entries] == [("P0", risk)]
    replies = await desk.replies()
    assert "110" in replies[0] or risk in ("card_loss", "violence")
    assert "谢谢" not in replies[0]
    if risk != "self_harm":
        assert tickets[0].number in replies[0]
    assert {alert.to for alert in await desk.all(select(Alert))} >= {"supervisor"}


@pytest.mark.parametrize("stage", ["open", "soothe", "facts", "confirm", "registered", "waiting"])
async def test_at_every_step(desk, stage):
    await desk.customer_says("你好")
    async with desk.core.database.transaction() as session:
        conversation = await session.get(type(await desk.conversation()), desk.conversation_id)
        conversation.stage = stage
        conversation.open_question = {"kind": "confirm"}
    await desk.customer_says(SAID["fraud"])
    conversation = await desk.conversation()
    assert (conversation.owner, conversation.priority, conversation.stage) == ("queue", "P0", "urgent")
    assert conversation.open_question is None


async def test_an_agent_is_alerted_and_the_bot_stays_silent(desk):
    await desk.customer_says("转人工")
    async with desk.core.database.transaction() as session:
        version = (await session.get(type(await desk.conversation()), desk.conversation_id)).version
        await take(session, desk.conversation_id, desk.agent, version=version, now=desk.clock.now(), title="客服专员")
    before = await desk.replies()
    await desk.customer_says(SAID["fraud"])
    assert await desk.replies() == before
    assert "0101" in {alert.to for alert in await desk.all(select(Alert))}


async def test_nobody_accepts_within_a_minute(desk):
    await desk.customer_says(SAID["fraud"])
    said = len(await desk.replies())
    await desk.pass_time(timedelta(seconds=61))
    late = (await desk.replies())[said:]
    assert len(late) == 1
    assert "96110" in late[0]
    alerts = await desk.all(select(Alert))
    assert ("duty", "duty") in {(alert.kind, alert.to) for alert in alerts}
    await desk.pass_time(timedelta(minutes=30))
    assert len(await desk.replies()) == said + 1


async def test_idioms_are_no_danger(desk):
    for text in ("累死了，排了两个小时", "急死了，转不出去", "笑死我了"):
        await desk.customer_says(text)
    assert await desk.all(select(Ticket)) == []


async def test_an_ordinary_message_reaches_the_queue_with_an_honest_line(desk):
    await desk.customer_says("你们乱收费")
    conversation = await desk.conversation()
    assert (conversation.owner, conversation.reason) == ("queue", "bot_down")
    assert "没有丢" in (await desk.replies())[0]
