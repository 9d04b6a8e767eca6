"""The main job, end to end, in a browser: complain, be taken seriously, speak with a person, hear what became of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from installation import NUMBER, SLOW_MS, Colleague, Complaints, Customer, Installation
from playwright.sync_api import Browser, expect

FURY = "气死我了！！！城南支行三号窗口那个女柜员什么东西，把我的单子从窗口里甩出来，还骂我不识字！"
ANSWERS = (
    # What is asked, and what this customer has to say to it.
    (r"复述|对吗|就按这些登记", "对，就是这样"),
    (r"什么时候|几点|哪天|哪一天", "昨天下午三点多"),
    (r"哪个网点|哪里|渠道", "就是城南支行"),
    (r"哪位|岗位|工号|窗口", "三号窗口，女的，戴眼镜"),
    (r"怎么处理|希望", "让她当面给我道歉"),
    (r"金额|多少", "没有涉及钱"),
)
DECISION = "经调取监控核实，该柜员接待时言语不当，情况属实。已责令当面致歉并离岗培训。"


def reply_to(said: str) -> str:
    """What the customer answers to what was said last."""
    last = said.strip().split("\n")[-1]
    for asked, answer in ANSWERS:
        if re.search(asked, last):
            return answer
    return "当时排了快一个小时的队，旁边的人都看见了"


def complain(customer: Customer, picture: Path) -> str:
    """From the first furious word to the number; returns the message with the number in it."""
    said = customer.say(FURY)
    assert re.search(r"谢", said), said
    assert re.search(r"抱歉|对不起", said), said
    asks = re.sub(r"您看怎么方便？", "", said)
    assert not re.search(r"[？?]", asks), f"nothing is asked of somebody so angry: {said}"
    for turn in range(12):
        if NUMBER.search(said):
            return said
        said = customer.tap("先不用") if "先不用" in customer.choices() else customer.say(reply_to(said))
        assert len(re.findall(r"[？?]", said)) <= 2 or "复述" in said, f"at most two questions: {said}"
        if turn == 1:
            customer.page.screenshot(path=str(picture))
    raise AssertionError(f"no number after twelve answers: {customer.messages()}")


def reload(customer: Customer) -> None:
    """The whole conversation is there again."""
    before = customer.messages()
    customer.page.reload()
    if customer.page.get_by_test_id("open").is_visible():
        customer.open()
    expect(customer.page.locator(f"[data-testid=message][data-seq='{before[-1][0]}']")).to_be_visible(timeout=SLOW_MS)
    assert customer.messages()[: len(before)] == before


def conversation_with(colleague: Colleague, number: str) -> str:
    found: str = colleague.api(f"tickets/{number}")["conversation_id"]
    return found


@pytest.fixture
def agent(sanbian: Installation, browser: Browser, complaints: Complaints):  # type: ignore[no-untyped-def]
    colleague = Colleague.signed_in(browser, sanbian, "agent")
    complaints.watch(colleague.page)
    yield colleague
    colleague.page.context.close()


def test_from_the_first_furious_word_to_the_follow_up(
    sanbian: Installation, browser: Browser, customer: Customer, agent: Colleague, screenshots: Path
) -> None:
    def picture(who: Customer | Colleague, name: str) -> None:
        who.page.wait_for_timeout(400)
        who.page.screenshot(path=str(screenshots / f"{name}.png"))

    expect(customer.page.get_by_test_id("notice")).to_contain_text("自动应答")
    picture(customer, "1-widget-first-contact")
    registered = complain(customer, screenshots / "2-widget-mid-complaint.png")
    [number] = set(NUMBER.findall(registered))
    assert len(re.findall(r"\d+月\d+日", registered)) >= 2, "an answer, a decision: each with its date"
    assert "城南支行" in registered, "the branch concerned is kept off the case"
    assert "核查" in registered
    assert "调解" in registered
    picture(customer, "3-widget-number")
    reload(customer)

    # A person.
    conversation = conversation_with(agent, number)
    customer.say("我不跟机器人说了，给我转人工")
    expect(customer.header).to_have_attribute("data-owner", "queue", timeout=SLOW_MS)
    expect(customer.header).to_contain_text("排队")
    picture(customer, "4-widget-queue")
    row = agent.row(conversation)
    expect(row).to_be_visible(timeout=SLOW_MS)
    expect(row).to_contain_text(number)
    row.click()
    expect(agent.page.get_by_test_id("take")).to_be_visible()
    picture(agent, "5-desk-queue")
    assert next(text for _, by, text in agent.transcript() if by == "customer").startswith("气死我了")
    assert agent.transcript() == customer.messages(), "the desk sees what the customer sees"
    situation = agent.page.get_by_label("情况", exact=True).first
    expect(situation).to_contain_text("城南支行")
    expect(situation).to_contain_text("先答复客户")
    agent.page.get_by_test_id("take").click()
    expect(agent.page.get_by_test_id("reply")).to_be_visible(timeout=SLOW_MS)
    expect(customer.header).to_have_attribute("data-owner", "agent", timeout=SLOW_MS)
    expect(customer.header).to_contain_text("0101")

    # The agent speaks; the bot does not.
    agent.write("您好，我是0101号专员。三号窗口的事我看到了，监控我今天就去调。")
    customer.sees("监控我今天就去调")
    last = customer.page.locator("[data-testid=message][data-by=agent]").last
    expect(last).to_contain_text("工号0101")
    spoken = len(customer.messages("bot"))
    customer.type("那你们快点，我要投诉到底")
    expect(agent.page.get_by_role("log", name="对话记录")).to_contain_text("我要投诉到底", timeout=SLOW_MS)
    customer.page.wait_for_timeout(4000)
    assert len(customer.messages("bot")) == spoken, "the bot is silent while a person speaks"
    picture(customer, "6-widget-agent")
    picture(agent, "7-desk-conversation")

    # Handed back; the bot goes on.
    agent.page.get_by_test_id("return").click()
    agent.page.get_by_role("button", name="交 回").or_(
        agent.page.get_by_role("button", name="交回", exact=True)
    ).click()
    expect(customer.header).to_have_attribute("data-owner", "bot", timeout=SLOW_MS)
    customer.sees("同事已把会话交回")
    assert number in customer.say("我的投诉现在到哪一步了？")

    # Decided, told.
    agent.page.goto(f"{sanbian.url}/desk/#/tickets/{number}")
    agent.page.get_by_test_id("decide").click()
    agent.page.get_by_label("投诉属实", exact=True).check()
    agent.page.get_by_test_id("decision-text").fill(DECISION)
    picture(agent, "8-desk-decide")
    agent.page.get_by_role("button", name="作出决定并告知客户").click()
    expect(agent.page.get_by_test_id("ticket-state")).to_have_text("已告知", timeout=SLOW_MS)
    customer.sees("言语不当，情况属实")

    # Asked, answered, stored.
    customer.sees("问题解决了吗")
    picture(customer, "9-widget-survey")
    customer.tap("已解决")
    customer.say("3")
    customer.say("四分吧")
    assert "谢" in customer.say("5")
    ticket = agent.api(f"tickets/{number}")
    assert ticket["surveys"] == [{"state": "answered"}], "scores are shown to supervisors only"
    chief = Colleague.signed_in(browser, sanbian, "supervisor")
    [survey] = chief.api(f"tickets/{number}")["surveys"]
    assert survey["answers"] == {"solved": "solved", "expectation": 3, "perception": 4, "manner": 5}
    assert survey["state"] == "answered"
    assert survey["satisfied"] is True
    assert {promise["state"] for promise in ticket["promises"]} <= {"kept", "voided"}
    agent.page.reload()
    expect(agent.page.get_by_test_id("ticket-state")).to_be_visible(timeout=SLOW_MS)
    expect(agent.page.get_by_text("已答复", exact=True).first).to_be_visible()
    picture(agent, "10-desk-ticket")
    reload(customer)


def test_danger_is_answered_at_once_and_stands_first(
    sanbian: Installation, customer: Customer, agent: Colleague
) -> None:
    said = customer.say("有个自称检察院的人加我微信，让我马上把存款转到安全账户，我正在手机上转")
    assert "安全账户" in said
    assert "96110" in said
    expect(customer.header).to_have_attribute("data-owner", "queue", timeout=SLOW_MS)
    first = agent.page.get_by_test_id("conversation").first
    expect(first).to_contain_text("安全账户", timeout=SLOW_MS)
    waiting = agent.api("conversations?state=queue")["items"]
    assert (waiting[0]["priority"], waiting[0]["owner"]["kind"]) == ("P0", "queue")


def test_a_colleague_hands_over_to_another(
    sanbian: Installation, browser: Browser, customer: Customer, agent: Colleague
) -> None:
    customer.say("你好，请问城南支行周末开门吗？")
    customer.say("转人工")
    expect(customer.header).to_have_attribute("data-owner", "queue", timeout=SLOW_MS)
    found = agent.page.get_by_test_id("conversation").filter(has_text="转人工")
    expect(found.first).to_be_visible(timeout=SLOW_MS)
    conversation = found.first.get_attribute("data-id")
    assert conversation
    found.first.click()
    agent.page.get_by_test_id("take").click()
    agent.page.get_by_test_id("transfer").click()
    agent.page.get_by_label("转给").click()
    agent.page.get_by_title("主管（", exact=False).or_(agent.page.get_by_text("任一主管")).first.click()
    agent.page.get_by_label("交代一句").fill("客户想周末办，请看能否预约")
    agent.page.get_by_role("dialog").get_by_role("button", name=re.compile("^转 ?交$")).click()
    expect(customer.header).to_have_attribute("data-owner", "queue", timeout=SLOW_MS)
    chief = Colleague.signed_in(browser, sanbian, "supervisor")
    chief.row(conversation).click()
    # What the colleague wrote for him is what he needs first.
    expect(chief.page.get_by_label("情况", exact=True).first).to_contain_text("客户想周末办", timeout=SLOW_MS)
    chief.page.get_by_test_id("take").click()
    expect(customer.header).to_contain_text("0213", timeout=SLOW_MS)
    chief.write("您好，我是主管，周末可以预约。")
    customer.sees("周末可以预约")
    chief.page.get_by_test_id("end").click()
    chief.page.get_by_role("button", name=re.compile("^结 ?束$")).click()
    customer.sees("同事已结束接待")
    expect(customer.header).to_have_attribute("data-owner", "bot", timeout=SLOW_MS)
    expect(chief.row(conversation)).to_be_visible(timeout=SLOW_MS)
    chief.page.context.close()
