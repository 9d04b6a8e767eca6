import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.reading.normalise import ESCAPED_SLASH, escape_command, normalise
from desk.reading.script import detect, script_of, to_script


@pytest.mark.parametrize("text", ["我的卡丢了", "转账多久到账", "这个费用不对", "我唔想做人啦,冇钱"])
def test_simplified(text: str) -> None:
    assert detect(text) == "hans"


@pytest.mark.parametrize("text", ["信用卡不見了", "請問分行幾點關門", "唔該", "佢喺邊度", "上个月的帳單和轉帳紀錄"])
def test_traditional_and_cantonese(text: str) -> None:
    assert detect(text) == "hant"


@pytest.mark.parametrize("text", ["", "5", "ok", "你好", "TS20250611-0007", "😀"])
def test_what_tells_nothing_keeps_the_script_of_before(text: str) -> None:
    assert detect(text) is None
    assert script_of(text) == "hans"
    assert script_of(text, "hant") == "hant"


def test_one_quoted_name_does_not_change_the_script() -> None:
    assert detect("我在臺北的朋友给我转账,到现在还没有收到这笔钱") == "hans"


REPLY = "您的账户已登记,编号TS20250611-0007。银行卡里的短信验证码和[CARD:****1234]请不要发。软件默认设置在里面。"


@pytest.mark.parametrize(
    ("locale", "has", "has_not"),
    [
        ("zh-TW", ["帳戶", "簡訊", "軟體", "預設", "裡面", "卡裡"], ["賬", "软", "短信"]),
        ("zh-HK", ["賬戶", "短訊", "軟件", "裏面", "卡裏"], ["軟體", "户", "帐"]),
        ("", ["帳戶", "短信", "軟件", "裡面", "卡裡"], ["軟體", "簡訊"]),
    ],
)
def test_replies_by_locale(locale: str, has: list[str], has_not: list[str]) -> None:
    reply = to_script(REPLY, "hant", locale)
    assert all(word in reply for word in has), reply
    assert not any(word in reply for word in has_not), reply


@pytest.mark.parametrize("locale", ["zh-TW", "zh-HK", ""])
def test_numbers_tokens_and_the_customers_words_stay(locale: str) -> None:
    reply = to_script(REPLY + "您说“里程”。https://例.com/网", "hant", locale, keep=("里程",))
    for kept in ("TS20250611-0007", "[CARD:****1234]", "里程", "https://例.com/网"):
        assert kept in reply


def test_procedure_is_not_software() -> None:
    assert to_script("处理程序", "hant", "zh-TW") == "處理程序"


def test_words_behind_a_number_are_converted() -> None:
    assert "手機" in to_script("编号TS20250611-0007。手机银行", "hant", "zh-TW")


def test_simplified_replies_are_left_alone() -> None:
    assert to_script(REPLY, "hans", "zh-TW") == REPLY


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("我要客訴，信用卡年費又扣１８００！", "我要客诉,信用卡年费又扣1800!"),
        ("轉帳、帳戶、信用咭", "转账、账户、信用卡"),
        ("手续废太高,投素", "手续费太高,投诉"),
        ("請回覆我,甚麼時候答覆", "请回复我,什么时候答复"),
        ("跟著,著名", "跟着,著名"),
        ("a\tb\nc\u200bd\u3000e", "a b c d e"),
        ("٣𝟓五", "35五"),
        ("①②", "①②"),
    ],
)
def test_normalise(written: str, read: str) -> None:
    assert normalise(written) == read


@given(st.text())
def test_length_never_changes_and_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert len(once) == len(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    "text", ["/restart", "／restart", "  /restart", "\n/restart", "\u200b/inform{}", "//restart", " / /restart"]
)
def test_a_command_cannot_steer_the_dialogue(text: str) -> None:
    escaped = escape_command(normalise(text))
    assert not escaped.strip().startswith("/")
    assert ESCAPED_SLASH in escaped
    assert len(escaped) == len(text)
    assert normalise(escaped) == escaped


@pytest.mark.parametrize("text", ["3/4", "收费/年", "hello /restart"])
def test_other_slashes_stay(text: str) -> None:
    assert escape_command(normalise(text)) == text
