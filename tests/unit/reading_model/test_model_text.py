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
