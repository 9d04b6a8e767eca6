"""Fixed replies: short, polite, honest about being a program, nothing from the avoid list (3-dialogue.md 3.7)."""

import re
from pathlib import Path

import pytest
import yaml
from rasa_process import REPO

RESPONSES = yaml.safe_load((REPO / "bot/domain/responses.yml").read_text())["responses"]
TEXTS = [(name, variation["text"]) for name, variations in RESPONSES.items() for variation in variations]
AVOID = re.compile(
    "冷静|别激动|消消气|规定|系统就这样|一直是这样|不可能|绝对|肯定是您|没看清|操作有误|早说|不归我管|您打|没办法|那好吧|随便您"
    "|去投诉吧|只是|不就是|才几块|但是|保证|一定退|马上到账|处分|我们的责任|请尽快|请务必|亲|哈|么么|还有什么可以帮|完全理解"
    "|恶意|刁民|密码|验证码|CVV|身份证|建议您买|推荐|优惠|活动|模型|意图|数据库|Rasa|AI|系统"
)


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_wording(name: str, text: str) -> None:
    assert not AVOID.search(text)
    assert "你" not in text
    assert len(text) <= 75


@pytest.mark.parametrize("name", RESPONSES)
def test_replies_vary(name: str) -> None:
    assert 2 <= len({variation["text"] for variation in RESPONSES[name]}) <= 3


@pytest.mark.parametrize("name", ["utter_greet", "utter_is_bot", "utter_capability"])
def test_says_that_it_is_a_program(name: str) -> None:
    for variation in RESPONSES[name]:
        assert "智能客服" in variation["text"]
        assert re.search("自动|程序", variation["text"])


@pytest.mark.parametrize("name", ["utter_is_bot", "utter_capability", "utter_out_of_scope"])
def test_offers_a_person(name: str) -> None:
    assert all("转人工" in variation["text"] for variation in RESPONSES[name])


def test_out_of_scope_names_what_is_in_scope() -> None:
    assert all("本行的业务和" in variation["text"] for variation in RESPONSES["utter_out_of_scope"])


def test_every_response_is_used_by_a_rule() -> None:
    rules = "".join(path.read_text() for path in Path(REPO / "data/rules").glob("*.yml"))
    assert [name for name in RESPONSES if name not in rules] == []


def test_every_custom_action_is_used() -> None:
    names = yaml.safe_load((REPO / "bot/domain/actions.yml").read_text())["actions"]
    rules = "".join(path.read_text() for path in Path(REPO / "data/rules").glob("*.yml"))
    implied = ("validate_", "action_ask_")
    assert [name for name in names if name not in rules and not name.startswith(implied)] == []
