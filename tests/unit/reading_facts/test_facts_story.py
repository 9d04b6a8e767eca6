"""What happened, why, corrections, and the service as a whole."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from facts_reading import WEDNESDAY, read
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.reading.facts.corrections import corrected_amount, read_correction
from desk.reading.facts.service import read_facts
from desk.reading.facts.when import parse_appointment
from desk.reading.facts.when_say import describe
from desk.reading.schemas import Facts, Span


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("我要投诉", None),
        ("投诉你们银行!", None),
        ("气死我了", None),
        ("垃圾银行,骗人!", None),
        ("您好,请问在吗", None),
        ("对,可以", None),
        ("昨天上午在城北支行", None),
        ("大概三千块", None),
        ("请问网点几点开门", None),
        ("希望尽快退款", None),
        ("我要投诉,理财经理骗我买了基金", "理财经理骗我买了基金"),
        ("我想反映一下:取款机吞了我的卡", "取款机吞了我的卡"),
        ("前天在柜台,柜员把身份证弄丢了还骂人,太过分了!", "柜员把身份证弄丢了还骂人"),
        ("网银打不开,急死了", "网银打不开"),
        ("说好免费却收了我30块", "说好免费却收了我30块"),
        ("他拿我的身份证复印件去办了贷款", "他拿我的身份证复印件去办了贷款"),
        ("不买保险就不给放款", "不买保险就不给放款"),
    ],
)
def test_what(text: str, what: str | None) -> None:
    found = read(text).what
    assert (found.text if found else None) == what


def test_a_long_story_keeps_its_beginning() -> None:
    text = "我去柜台办转账,柜员让我填了三次单子," * 20
    found = read(text).what
    assert found is not None
    assert found.start == 0
    assert len(found.text) <= 180


def test_an_answer_to_what_is_what() -> None:
    assert read("黑灯瞎火摔了一跤", "what").what is not None
    assert read("不想说", "what").what is None


@pytest.mark.parametrize(
    ("text", "asked", "why"),
    [
        ("因为系统升级就扣了我两遍钱", (), "系统升级就扣了我两遍钱"),
        ("没有告知我要收费就扣了", (), "没有告知我要收费就扣了"),
        ("最近失业了,实在还不上", (), "失业了"),
        ("人手太少", ("why",), "人手太少"),
        ("人手太少", (), None),
    ],
)
def test_why(text: str, asked: tuple[str, ...], why: str | None) -> None:
    found = read(text, *asked).why
    assert (found.text if found else None) == why


CORRECTIONS = """
不对,是六十不是六百|amount|六十
是七百不是七千|amount|七百
不是七千,是七百|amount|七百
金额应该是1350|amount|1350
我写错了 2600块|amount|2600块
更正一下,金额是4万6|amount|4万6
唔系三百,系五百|amount|五百
刚才讲错了,是周四|when|周四
不是昨天,是前天|when|前天
时间不对,是6月3号|when|6月3号
昨天去的,不是今天|when|昨天
应该是上周五下午|when|上周五下午
尾号写错了,应该为0932|account_tail|0932
尾号不是1234,是4321|account_tail|4321
不是城南支行,是城北支行|where|城北支行
搞错了不是手机银行是网银|where|网银
不是张经理,是李经理|who|李经理
不是退款,是要道歉|remedy|道歉
周一上午去的,哦不对,周二上午|when|周二上午
刷了800,啊不是,是80|amount|80
2号窗口,不对,是6号窗口|who|6号窗口
"""


@pytest.mark.parametrize("line", CORRECTIONS.strip().splitlines())
def test_correction(line: str) -> None:
    text, slot, words = line.split("|")
    found = read_correction(text, WEDNESDAY)
    assert {k: v.text for k, v in found.items()} == {slot: words}
    assert text[found[slot].start : found[slot].end] == words
    amount = corrected_amount(text)
    assert (amount.text if amount else None) == (words if slot == "amount" else None)


@pytest.mark.parametrize(
    "text",
    [
        "不对",
        "你们不对",
        "我不是你们的客户",
        "这样做不对,扣了我200",
        "扣了300,不是我刷的",
        "昨天扣了200块",
        "不是",
        "好的",
        "昨天去了,不是,你们怎么回事",
    ],
)
def test_no_correction(text: str) -> None:
    assert read_correction(text, WEDNESDAY) == {}
    assert corrected_amount(text) is None


def test_the_corrected_value_is_resolved() -> None:
    amount = corrected_amount("是七百五不是七千五")
    assert amount is not None
    assert amount.value == 750


def test_spans_are_those_of_the_original() -> None:
    original = "我昨天下午三點多喺城南支行,櫃員扣咗我１８００元"
    normalised = "我昨天下午三点多喺城南支行,柜员扣咗我1800元"
    facts = read_facts(normalised, original, WEDNESDAY)
    assert [w.text for w in facts.when] == ["昨天下午三點多"]
    assert [w.text for w in facts.who] == ["櫃員"]
    assert [a.text for a in facts.amount] == ["１８００元"]
    assert facts.amount[0].value == 1800


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="as long as"):
        read_facts("昨天", "昨天下午", WEDNESDAY)


def spans_of(facts: Facts) -> list[Span]:
    found: list[Span] = [
        *facts.who,
        *facts.when,
        *facts.where,
        *facts.amount,
        *facts.institution,
        *facts.remedy,
        *facts.avoid,
    ]
    singles = (facts.account_tail, facts.what, facts.why, facts.promise, facts.evidence)
    return found + [s for s in singles if s is not None]


def check(text: str, asked: tuple[str, ...]) -> None:
    facts = read_facts(text, text, WEDNESDAY, asked)
    for found in spans_of(facts):
        assert found.text == text[found.start : found.end]
        assert found.text
    for when in facts.when:
        assert (when.start_at is None) == (when.end_at is None)
        assert when.start_at is None or when.end_at is None or when.start_at < when.end_at
        assert describe(when, WEDNESDAY)
    appointment = parse_appointment(text, WEDNESDAY)
    assert appointment is None or appointment.text == text[appointment.start : appointment.end]
    for value in read_correction(text, WEDNESDAY).values():
        assert value.text == text[value.start : value.end]
    corrected_amount(text)


PIECES = st.sampled_from(
    [
        "昨天",
        "上周三",
        "下午",
        "三点",
        "多",
        "5月",
        "20号",
        "到",
        "从",
        "现在",
        "每月",
        "21号",
        "去年",
        "底",
        "前",
        "后",
        "3",
        "万",
        "8",
        "千",
        "两",
        "百",
        "块",
        "元",
        "扣",
        "了",
        "我",
        "的",
        "城南支行",
        "柜员",
        "张经理",
        "工号",
        "1234",
        "尾号",
        "不对",
        "是",
        "不是",
        "应该",
        "退款",
        "道歉",
        "手机银行",
        "ATM",
        "打电话",
        "招行",
        "自称",
        "银监会",
        "答应",
        "录音",
        "我妈",
        "第",
        "次",
        ",",
        "。",
        "!",
        "(",
        ")",
        "[PHONE:138****8000]",
        "¥",
        "HK$",
        "w",
        "k",
        ":",
        ".",
        "-",
        "/",
        "十",
        "几",
        "半",
        "年",
        "月",
        "日",
        "星期",
        "天",
        "一",
        "点",
        "分",
        "秒",
        "TS20250611-0007",
        "不要再让",
        "老王",
        "\n",
    ]
)
ASKED = st.lists(
    st.sampled_from(["who", "what", "when", "where", "why", "amount", "account_tail", "remedy", "contact"]), max_size=2
).map(tuple)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join), ASKED)
def test_spans_are_verbatim_in_any_jumble_of_words(text: str, asked: tuple[str, ...]) -> None:
    check(text, asked)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), ASKED)
def test_any_text_is_read(text: str, asked: tuple[str, ...]) -> None:
    check(text, asked)


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "\ud800三点", "\x00", "1" * 500, "上" * 300, "9999年99月99日", "100000年前"]
)
def test_odd_text_is_read(text: str) -> None:
    check(text, ())


def test_threads_share_one_lexicon() -> None:
    texts = [f"昨天在城南支行被扣了{n}元,客户经理说会退" for n in range(100, 160)]
    alone = [read(t) for t in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, texts)) == alone


@pytest.mark.parametrize(
    "piece", ["昨天", "1", "三", "上", "我妈", "支行", "每天", "1,", "下午三点", "催收", "有限公司", " "]
)
def test_long_messages_do_not_stall(piece: str) -> None:
    text = (piece * 3000)[:3000]
    started = time.process_time()
    read(text)
    assert time.process_time() - started < 2
