import random
import re
import time

import pytest
from generated_secrets import (
    SECRETS,
    amount,
    card,
    chinese,
    code,
    day,
    digits,
    grouped,
    harmless,
    hong_kong_id,
    mainland_id,
    moment,
    phone,
    planted,
    split_phone,
    taiwan_id,
    ticket,
    wide,
    wrong_card,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.privacy.redact import Redacted, redact

RNG = st.integers(min_value=0, max_value=2**32).map(random.Random)


def clean(text: str, *, code_expected: bool = False) -> Redacted:
    return redact(text, code_expected=code_expected)


def test_recall_on_generated_secrets() -> None:
    rng = random.Random(11)
    samples = [planted(rng) for _ in range(1000)]
    missed = []
    for sample in samples:
        found = clean(sample.text, code_expected=sample.code_expected)
        if sample.secret in found.text or sample.kind not in found.kinds:
            missed.append((sample, found))
    assert len(missed) <= 0.005 * len(samples), missed[:10]


def test_false_redactions_on_numbers_that_are_nobodys_secret() -> None:
    rng = random.Random(12)
    texts = [harmless(rng) for _ in range(1000)]
    wrong = [(text, clean(text).text) for text in texts if clean(text) != Redacted(text, (), ())]
    assert len(wrong) <= 0.005 * len(texts), wrong[:10]


@pytest.mark.parametrize("name", list(SECRETS))
def test_every_kind_and_every_way_of_writing_it(name: str) -> None:
    rng = random.Random(13)
    makers, writers, frames = SECRETS[name]
    for maker in makers:
        for writer in writers:
            for frame in frames:
                secret = writer(rng, maker(rng))
                found = clean(frame.format(secret), code_expected=name == "otp ")
                assert secret not in found.text, frame.format(secret)
                assert name.strip() in found.kinds, (frame.format(secret), found)


@given(RNG)
def test_ticket_numbers_stay(rng: random.Random) -> None:
    number = ticket(rng)
    for text in (number, f"密码忘了 {number}", f"我的单号{number},验证码收不到", f"{number} {ticket(rng)}"):
        assert clean(text, code_expected=True).text == text


@given(RNG)
def test_sums_dates_and_times_stay_even_when_a_code_is_expected(rng: random.Random) -> None:
    unit = f"{rng.randint(1, 9_999_999)}{rng.choice(('元', '块', '万', '块钱'))}"
    for value in (unit, f"¥{rng.randint(1, 999999)}", f"{rng.randint(1, 999999)}.{rng.randint(10, 99)}"):
        assert clean(value, code_expected=True).text == value
        assert clean(f"扣了我{value},{day(rng)}", code_expected=True).text.startswith(f"扣了我{value}")
    for value in (day(rng), moment(rng)):
        assert clean(value, code_expected=True).text == value


@given(RNG)
def test_lists_of_numbers_do_not_become_a_card(rng: random.Random) -> None:
    for text in (
        " ".join(f"{rng.randint(1, 99) * 100}" for _ in range(6)),
        ",".join(amount(rng) for _ in range(4)),
        f"尾号 {digits(rng, 4)} {digits(rng, 4)} {digits(rng, 4)} {digits(rng, 4)}的卡",
        " ".join(f"{y}-06-{d:02}" for y, d in ((2023, rng.randint(1, 28)), (2024, 11), (2025, 12))),
    ):
        assert clean(text).text == text


@given(RNG)
def test_destroyed_kinds_leave_no_value_anywhere(rng: random.Random) -> None:
    secret, password = card(rng), f"pw{digits(rng, 6)}"
    found = clean(f"卡号{secret},密码是{password},验证码{digits(rng, 6)},身份证{mainland_id(rng)},CVV {digits(rng, 3)}")
    assert set(found.kinds) == {"card", "password", "otp", "id", "cvv"}
    assert found.sealed == ()
    assert found.text == f"卡号[CARD:****{secret[-4:]}],密码是[PASSWORD],验证码[OTP],身份证[ID],CVV [CVV]"


@given(RNG)
def test_phone_and_other_partys_account_are_sealed_in_order(rng: random.Random) -> None:
    number, other = phone(rng), rng.choice((card, wrong_card))(rng)
    found = clean(f"我电话{split_phone(rng, number)},骗子的账号是{grouped(rng, other)}")
    tokens = (f"[PHONE:{number[:3]}****{number[-4:]}]", f"[ACCOUNT:****{other[-4:]}]")
    assert [tuple(item) for item in found.sealed] == [(tokens[0], "phone", number), (tokens[1], "account", other)]
    assert found.text == f"我电话{tokens[0]},骗子的账号是{tokens[1]}"


def test_own_card_near_the_word_impostor_is_destroyed_not_sealed() -> None:
    secret = card(random.Random(3))
    found = clean(f"骗子转走了,我的卡是{secret}")
    assert found.kinds == ("card",)
    assert found.sealed == ()


@given(RNG)
def test_a_secret_given_as_password_is_never_sealed(rng: random.Random) -> None:
    assert clean(f"密码是{phone(rng)}").sealed == ()


@given(RNG)
def test_redacting_twice_changes_nothing(rng: random.Random) -> None:
    once = clean(f"{planted(rng).text} {ticket(rng)} {planted(rng).text}", code_expected=True).text
    assert clean(once, code_expected=True).text == once


@pytest.mark.parametrize("write", [grouped, wide, chinese])
def test_two_secrets_side_by_side(write: object) -> None:
    rng = random.Random(5)
    for _ in range(50):
        secret, number = card(rng), phone(rng)
        found = clean(f"{write(rng, secret)}、{number} {mainland_id(rng)}")  # type: ignore[operator]
        assert found.kinds == ("card", "phone", "id"), found


def test_identity_number_and_phone_pasted_together() -> None:
    rng = random.Random(6)
    number = next(number for number in iter(lambda: mainland_id(rng), "") if number.isdigit())
    assert clean(number + phone(rng)).kinds == ("id", "phone")


@pytest.mark.parametrize(
    "text",
    [
        "密码忘了怎么办",
        "密码错误3次被锁了",
        "密码是6位数字吗",
        "验证码收不到",
        "验证码等了10分钟",
        "收到3条验证码短信",
        "验证码没收到,扣了我5000",
        "打95588没人接",
        "10086发的",
        "96110打来的",
        "400-123-4567打不通",
        "12378投诉",
        "我2025年6月11日10:30去的3号窗口",
        "SWIFT code 1234怎么填",
        "error code 50013",
        "尾号4417那张",
        "排号A0123",
        "CVV是什么",
        "有效期到2027年08月15日的身份证",
        "身份证2027年到期",
        "app版本8.0.12",
        "iphone 13 pro max",
        "转账5万到7万之间",
        "shopping 2024",
        "在抖音看到 12345 个赞",
        "第0007号",
        "基金代码001234",
        "2023-01-01到2023-12-31每月21号",
        "1.2w",
        "三千五百八十块",
        "一二三四五六七八九十",
        "一点一点还",
        "利率3.65%涨到4.9%",
        "",
    ],
)
def test_near_misses_stay(text: str) -> None:
    assert clean(text) == Redacted(text, (), ())


@pytest.mark.parametrize("frame", ["{}", "是{}", "{}。", "收到了 {}", "码 {}", "我收到的是 {} 这个"])
def test_bare_code_counts_only_when_a_code_was_the_subject(frame: str) -> None:
    rng = random.Random(7)
    for secret in (code(rng), code(rng), f"{digits(rng, 3)} 4{digits(rng, 2)}"):
        text = frame.format(secret)
        assert clean(text, code_expected=True).text == frame.format("[OTP]")
        assert clean(text, code_expected=False).text == text or "码" in frame


def test_spoken_code_when_a_code_was_the_subject() -> None:
    assert clean("四八二九一三", code_expected=True).text == "[OTP]"
    assert clean("四八二九一三").text == "四八二九一三"


@pytest.mark.parametrize("text", ["尾号4417", "5000块", "10086", "20250611", "12:30", "工号3307", "¥4500", "大约3000"])
def test_expected_code_is_not_any_number(text: str) -> None:
    assert clean(text, code_expected=True).text == text


@pytest.mark.parametrize("make", [hong_kong_id, taiwan_id])
def test_identity_numbers_of_hong_kong_and_taiwan(make: object) -> None:
    rng = random.Random(8)
    for _ in range(50):
        assert clean(f"我是{make(rng)}").text == "我是[ID]"  # type: ignore[operator]


@pytest.mark.parametrize("number", ["+852 {}", "電話 {}", "00852{}"])
def test_hong_kong_phones(number: str) -> None:
    digits_ = "2" + digits(random.Random(9), 7)
    found = clean(number.format(digits_))
    assert found.kinds == ("phone",)
    assert digits_ not in found.text


def test_expiry_beside_a_card_and_expiry_by_name() -> None:
    secret = card(random.Random(10))
    assert clean(f"{secret} 08/27").kinds == ("card", "expiry")
    assert clean("信用卡有效期08/27").text == "信用卡有效期[EXPIRY]"
    assert clean("08/27去的").text == "08/27去的"


def test_handles_and_wallets_are_sealed() -> None:
    found = clean(f"对方微信号wx_{20250},钱包0x{20250:040x}")
    assert found.kinds == ("account",)
    assert len(found.sealed) == 2
    assert "wx_20250" not in found.text


def test_invisible_characters_do_not_hide_a_card() -> None:
    secret = card(random.Random(4))
    assert clean("\u200b".join(secret)).kinds == ("card",)
    assert clean(secret[:6] + "\n" + secret[6:]).kinds == ("card",)


@given(st.text(max_size=300), st.booleans())
def test_any_text_keeps_all_that_is_not_a_token(text: str, expected: bool) -> None:
    found = redact(text, code_expected=expected)
    tokens = r"\[(?:CARD|ID|PHONE|OTP|PASSWORD|CVV|EXPIRY|ACCOUNT|EMAIL)(?::[^\]]*)?\]"
    kept = ".+".join(re.escape(part) for part in re.split(tokens, found.text))
    assert re.fullmatch(kept, text, re.DOTALL)
    assert bool(found.kinds) == (found.text != text)


def best_time(text: str, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        redact(text, code_expected=True)
        times.append(time.perf_counter() - start)
    return min(times)


def test_a_message_takes_less_than_a_millisecond() -> None:
    rng = random.Random(14)
    story = "我昨天下午三点在城南支行柜台办理转账业务,转了5000元,排队等了两个小时,柜员态度特别差,还说我自己没看清楚,一直没人管。"
    text = (story * 5)[:260] + f"电话{phone(rng)},卡号{card(rng)}"
    assert best_time(text, 100) < 0.001


@settings(max_examples=30)
@given(RNG)
def test_secrets_deep_inside_a_long_message_are_found(rng: random.Random) -> None:
    sample = planted(rng)
    if sample.kind in ("otp", "cvv"):
        return
    text = "我来反映一个情况。" * 200 + f" {sample.text} " + "请尽快处理。" * 200
    assert sample.secret not in clean(text).text
