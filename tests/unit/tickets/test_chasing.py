"""Which questions are about a case in hand (3-dialogue.md 3.8)."""

import pytest

from desk.tickets.chasing import asks_after

FEE = "账户被扣会员费120元，要求退还"


@pytest.mark.parametrize("text", ["会员费退了没", "会员费有进展吗", "那个会员费什么时候退", "会员费的事处理得怎么样了"])
def test_asking_how_the_case_stands(text: str) -> None:
    assert asks_after(text, FEE)


@pytest.mark.parametrize("text", ["会员费多少钱", "转账什么时候到", "房贷审批有进展吗", "会员怎么开通"])
def test_asking_something_else(text: str) -> None:
    assert not asks_after(text, FEE)
