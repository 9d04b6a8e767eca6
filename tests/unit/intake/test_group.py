"""Twenty people in person are a major complaint (令2020/3 art. 29); how many and where, the words tell."""

import pytest

from desk.clock import ManualClock
from desk.intake.group import is_gathered
from desk.policy.schemas import policy
from desk.reading.service import Reader

READER = Reader()


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("我们二十几个人现在都在城南支行大厅，没人管", True),
        ("我们23个人在城南支行等说法", True),
        ("我们小区有三十多户，明天要去网点讨说法", True),
        ("我们20个人都堵在门口", True),
        ("我們二十五個人一起來了，你們經理呢", True),
        ("我们19个人现在都在城南支行大厅，没人管", False),
        ("我们30个人都被你们支行骗了", False),
        ("我们三十户业主联名写了信", False),
        ("我们25个人在城南支行买的理财都亏了", False),
        ("我一个人在城南支行排了两小时队", False),
        ("一天二十个催收电话打到我单位", False),
    ],
)
def test_major(clock: ManualClock, text: str, major: bool) -> None:
    assert is_gathered(policy().casework.group, READER.read(text, now=clock.now())) is major
