from datetime import datetime

import pytest

from desk.clock import SHANGHAI
from desk.tickets.numbers import ALPHABET, find_code, find_number, new_code, next_number


async def test_numbers_of_a_day_run_on_and_begin_anew_the_next_day(database):
    late = datetime(2026, 11, 21, 23, 59, tzinfo=SHANGHAI)
    early = datetime(2026, 11, 22, 0, 1, tzinfo=SHANGHAI)
    async with database.transaction() as session:
        assert await next_number(session, "TS", late) == "TS20261121-0001"
        assert await next_number(session, "JY", late) == "JY20261121-0002"
        assert await next_number(session, "TS", early) == "TS20261122-0001"


@pytest.mark.parametrize("said", ["TS20250611-0007", "ts202506110007", "我的单子TS20250611-0007怎么样了"])
def test_a_number_is_found_however_it_is_typed(said):
    assert find_number(said) == "TS20250611-0007"


def test_codes_are_random_readable_and_found():
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 8 and set(code) <= set(ALPHABET) for code in codes)
    code = codes.pop()
    assert find_code(f"TS20250611-0007 {code.lower()}") == code
    assert find_code("TS20250611-0007") is None


def test_a_mistyped_code_is_answered_as_a_wrong_one_and_a_date_is_none():
    assert find_code("查询码是AB1OCD34") == "AB1OCD34"
    assert find_code("是20250611那天") is None
