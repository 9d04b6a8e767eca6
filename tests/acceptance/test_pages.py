"""The pages by themselves: first contact, keyboard, another site's page, a wrong password."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from installation import DESKTOP, SLOW_MS, Complaints, Customer, Installation
from playwright.sync_api import Browser, expect


def test_first_contact_says_what_it_is(sanbian: Installation, customer: Customer) -> None:
    notice = customer.page.get_by_test_id("notice")
    expect(notice).to_contain_text("自动应答")
    expect(notice).to_contain_text("转人工")
    with customer.page.context.expect_page() as opened:
        customer.page.get_by_test_id("privacy").click()
    expect(opened.value.locator("body")).to_contain_text("隐私")
    assert opened.value.url == f"{sanbian.url}/privacy"


def test_it_fits_a_phone(customer: Customer) -> None:
    customer.say("你好")
    box = customer.page.get_by_test_id("panel").bounding_box()
    assert box is not None
    assert box["width"] <= 390
    assert box["height"] <= 844
    wider = customer.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert wider is False
    for name in ("send", "close"):
        size = customer.page.get_by_test_id(name).bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 40, f"{name} is too small for a finger"
    assert customer.input.evaluate("box => parseFloat(getComputedStyle(box).fontSize)") >= 16, (
        "iOS zooms in below 16 px"
    )


def test_with_the_keyboard_alone(sanbian: Installation, browser: Browser, complaints: Complaints) -> None:
    page = browser.new_context(viewport=DESKTOP, locale="zh-CN").new_page()
    complaints.watch(page)
    page.goto(sanbian.url)
    opener = page.get_by_test_id("open")
    for _ in range(60):
        page.keyboard.press("Tab")
        if opener.evaluate("button => button.getRootNode().activeElement === button"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("input")).to_be_focused()
    page.keyboard.type("你好，请问周末开门吗？")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=message][data-by=bot]").first).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_test_id("input")).to_have_value("")
    expect(page.get_by_test_id("input")).to_be_focused()
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    expect(page.get_by_test_id("input")).to_have_value("第一行\n第二行")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("panel")).to_be_hidden()
    expect(opener).to_be_focused()
    page.context.close()


@pytest.fixture
def banks_own_page(sanbian: Installation) -> Iterator[str]:
    """A page on another origin that carries the widget, with styles of its own."""
    html = (
        "<!doctype html><meta charset=utf-8><title>别的网站</title>"
        "<style>* {color: red !important; font-size: 40px} button {display: none}</style><h1>别的网站</h1>"
        f'<script src="{sanbian.url}/widget.js" data-title="某行客服" defer></script>'
    ).encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(html) if found else 0))
            self.end_headers()
            if found:
                self.wfile.write(html)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_on_a_page_of_the_banks_own(banks_own_page: str, browser: Browser, complaints: Complaints) -> None:
    """One script tag is all; that page's styles do not reach in."""
    page = browser.new_context(viewport=DESKTOP).new_page()
    complaints.watch(page)
    customer = Customer(page).arrives(banks_own_page)
    expect(customer.header).to_contain_text("某行客服")
    assert customer.say("你好")
    assert customer.input.evaluate("box => getComputedStyle(box).fontSize") != "40px"
    page.reload()
    customer.open()
    expect(page.locator("[data-testid=message][data-by=bot]").first).to_be_visible(timeout=SLOW_MS)
    page.context.close()


def test_a_second_tab_is_the_same_conversation(customer: Customer) -> None:
    customer.say("你好，请问周末开门吗？")
    second = Customer(customer.page.context.new_page()).arrives(customer.page.url)
    expect(second.page.locator("[data-testid=message][data-by=bot]").first).to_be_visible(timeout=SLOW_MS)
    second.type("从另一个窗口说的")
    customer.sees("从另一个窗口说的")
    customer.answer_after(second.last_seq() - 1)
    assert [seq for seq, *_ in customer.messages()] == list(range(1, customer.last_seq() + 1))


def test_what_cannot_be_sent_now_is_sent_later(customer: Customer) -> None:
    """In a tunnel: what was written stays, is sent when the line is back, once."""
    customer.say("你好")
    customer.page.context.set_offline(True)
    customer.input.fill("隧道里写的话，请问周末开门吗？")
    customer.input.press("Enter")
    expect(customer.page.get_by_test_id("banner")).to_contain_text("断开", timeout=SLOW_MS)
    customer.page.wait_for_timeout(1500)
    customer.page.context.set_offline(False)
    mine = customer.page.locator("[data-testid=message][data-by=customer][data-seq]").filter(has_text="隧道里写的话")
    expect(mine).to_have_count(1, timeout=SLOW_MS)
    expect(customer.page.get_by_test_id("banner")).to_have_text("", timeout=SLOW_MS)
    assert len([text for _, by, text in customer.messages() if by == "customer" and "隧道" in text]) == 1


def test_a_wrong_password_is_told_plainly(sanbian: Installation, browser: Browser, screenshots: Path) -> None:
    page = browser.new_context(viewport=DESKTOP, locale="zh-CN").new_page()
    page.goto(f"{sanbian.url}/desk")
    page.get_by_label("用户名").fill("agent")
    page.get_by_label("密码").fill("guess")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("用户名或密码不对")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("button", name="登录")).to_be_enabled()
    page.wait_for_timeout(500)
    page.screenshot(path=str(screenshots / "11-desk-sign-in.png"))
    page.context.close()
