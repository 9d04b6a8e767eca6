import pytest

from desk.reading.model_text import model_text


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("农业银行轉到中信多久到帐", "银行转到银行多久到账"),
        ("贵行的手续费", "银行的手续费"),
        ("你行不行", "你行不行"),
        ("卡号62####45是谁的", "卡号62#45是谁的"),
        ("/restart", "∕restart"),
    ],
)
def test_whose_bank_it_is_cannot_be_seen(said: str, seen: str) -> None:
    assert model_text(said) == seen


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("你好,会员费退了没", "会员费退了没"),
        ("您好 您好,请问几点开门", "请问几点开门"),
        ("hi 我想问下补卡", "我想问下补卡"),
        ("你好", "你好"),
        ("在吗?", "在吗?"),
        ("你好坏啊你们", "你好坏啊你们"),
    ],
)
def test_a_greeting_is_left_out_when_more_follows(said: str, seen: str) -> None:
    assert model_text(said) == seen
