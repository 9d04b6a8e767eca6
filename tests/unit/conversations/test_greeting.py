"""What the model hears of a message that begins with a greeting."""

import re

import pytest

from desk.policy.schemas import policy


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("你好,会员费退了没", "会员费退了没"),
        ("您好 您好,请问几点开门", "请问几点开门"),
        ("hi 我想问下补卡", "我想问下补卡"),
        ("你好", "你好"),
        ("在吗?", "在吗?"),
        ("你好坏啊你们", "你好坏啊你们"),
    ],
)
def test_a_greeting_is_left_out_when_more_follows(said: str, heard: str) -> None:
    assert re.sub(policy().dialogue.greeting, "", said) == heard
