"""The main job, end to end, in a browser: complain, be taken seriously, speak with a person, be asked whether it was put right."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from acceptance_world import Running
from playwright.sync_api import Browser, Page, expect

PHONE = {"width": 390, "height": 844}
SLOW = 20_000


class Customer:
    """Somebody with a phone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def messages(self, by: str) -> list[str]:
        return self.page.locator(f"[data-testid=message][data-by={by}]").all_inner_texts()

    def say(self, text: str) -> str:
        """Type, press Enter, and return the newest reply once it is there."""
        before = len(self.messages("bot"))
        box = self.page.get_by_test_id("input")
        box.fill(text)
        box.press("Enter")
        return self.next_reply(before)

    def next_reply(self, before: int, by: str = "bot") -> str:
        newer = self.page.locator(f"[data-testid=message][data-by={by}]").nth(before)
        expect(newer).to_be_visible(timeout=SLOW)
        self.page.wait_for_timeout(700)
        return "\n".join(self.messages(by)[before:])


@pytest.fixture(scope="module")
def customer(sanbian: Running, browser: Browser) -> Customer:
    page = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
    page.goto(sanbian.url)
    page.get_by_test_id("open").click()
    expect(page.get_by_test_id("notice")).to_contain_text("智能客服")
    return Customer(page)


@pytest.fixture(scope="module")
def desk(sanbian: Running, browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN").new_page()
    page.goto(f"{sanbian.url}/desk")
    page.locator("input").first.fill("supervisor")
    page.locator("input[type=password]").fill(sanbian.password("supervisor"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("排队").first).to_be_visible(timeout=SLOW)
    return page


def api(page: Page, path: str) -> dict:
    """What the desk's own API says, with the colleague's session."""
    answer = page.request.get(f"{page.url.split('/desk')[0]}/api/desk/{path}")
    assert answer.ok, answer.text()
    return answer.json()


def post(page: Page, path: str, body: dict) -> dict:
    csrf = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sanbian_csrf")
    url = f"{page.url.split('/desk')[0]}/api/desk/{path}"
    answer = page.request.post(url, data=body, headers={"X-CSRF-Token": csrf})
    assert answer.ok, answer.text()
    return answer.json()


def test_a_furious_customer_from_first_word_to_follow_up(
    sanbian: Running, customer: Customer, desk: Page, screenshots: Path
) -> None:
    # Gratitude: thanked, apologised to, nothing asked.
    first = customer.say("你们城南支行的柜员太过分了！！我妈腿脚不好，多问一句就把身份证扔出来")
    assert re.search("谢", first)
    assert re.search("抱歉|对不起", first)
    assert "？" not in first
    # Facts: only what is missing; then read back.
    customer.say("前天上午十点多，2号窗口那个男的")
    customer.page.screenshot(path=str(screenshots / "widget-mid-complaint.png"))
    last = customer.say("要当面道歉")
    if "复述" not in last and "登记" not in last:
        last = customer.say("记不清了")
    # A reload loses nothing.
    customer.page.reload()
    if customer.page.get_by_test_id("open").is_visible():
        customer.page.get_by_test_id("open").click()
    expect(customer.page.get_by_text("多问一句").first).to_be_visible(timeout=SLOW)
    # Procedure: number, owner, dates.
    done = customer.say("对，可以")
    for _ in range(2):
        if "编号" in done:
            break
        done = customer.say("对，可以")
    number = re.search(r"TS\d{8}-\d{4}", done)
    assert number, done
    assert re.search(r"\d+月\d+日", done)
    assert "城南支行" in done, "the branch concerned is kept off the case"

    # Another person.
    assert "第1位" in customer.say("我要找你们主管")
    expect(customer.page.get_by_test_id("header")).to_contain_text("排队")
    desk.get_by_text("我要找你们主管").first.click()
    desk.get_by_role("button", name="接手").first.click()
    expect(customer.page.get_by_test_id("header")).to_contain_text("0213", timeout=SLOW)
    spoken = len(customer.messages("bot"))
    desk.locator("textarea").first.fill("您好，我是主管。您前天上午在城南支行遇到的事，由我来跟进。")
    desk.keyboard.press("Enter")
    expect(customer.page.get_by_text("由我来跟进").first).to_be_visible(timeout=SLOW)
    desk.wait_for_timeout(500)
    desk.screenshot(path=str(screenshots / "desk-conversation.png"))
    customer.page.get_by_test_id("input").fill("好，那你们快点")
    customer.page.get_by_test_id("input").press("Enter")
    expect(desk.get_by_text("好，那你们快点").first).to_be_visible(timeout=SLOW)
    assert len(customer.messages("bot")) == spoken, "the bot is silent while a person speaks"

    # Handed back, decided, told, asked.
    desk.get_by_role("button", name="交回机器人").first.click()
    desk.locator(".ant-popconfirm .ant-btn-primary").first.click()
    expect(customer.page.get_by_text("同事已把会话交回").first).to_be_visible(timeout=SLOW)
    ticket = api(desk, f"tickets/{number[0]}")
    post(
        desk,
        f"tickets/{number[0]}/decide",
        {"version": ticket["version"], "outcome": "upheld", "text": "经核实，柜员接待确有不当，将当面致歉。"},
    )
    expect(customer.page.get_by_text("将当面致歉").first).to_be_visible(timeout=SLOW)
    expect(customer.page.get_by_text("问题解决了吗").first).to_be_visible(timeout=SLOW)
    customer.page.get_by_test_id("choice").filter(has_text="部分解决").first.click()
    expect(customer.page.get_by_text("期望").first).to_be_visible(timeout=SLOW)
    customer.say("4")
    customer.say("4分")
    assert "谢谢" in customer.say("五")
    survey = api(desk, f"tickets/{number[0]}")["surveys"][0]
    assert survey["answers"] == {"solved": "partly", "expectation": 4, "perception": 4, "manner": 5}
    assert (survey["state"], survey["index"]) == ("answered", 1.0)


def test_danger_is_answered_at_once(sanbian: Running, browser: Browser, desk: Page) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(sanbian.url)
    page.get_by_test_id("open").click()
    reply = Customer(page).say("有个自称公安的让我把钱转到安全账户，我正在转")
    assert "96110" in reply
    waiting = api(desk, "conversations?state=queue")["items"]
    assert waiting[0]["priority"] == "P0"


def test_sign_ins_are_readable_by_their_owner_only(sanbian: Running) -> None:
    assert stat.S_IMODE((sanbian.var / "demo.json").stat().st_mode) == 0o600
