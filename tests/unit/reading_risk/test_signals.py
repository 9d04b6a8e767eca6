import pytest

from desk.reading.normalise import normalise
from desk.reading.schemas import Span
from desk.reading.signals import Signals, is_kept_by_machine, is_other_bank, read_signals


def signals(text: str) -> Signals:
    return read_signals(normalise(text))


@pytest.mark.parametrize(
    ("text", "threat"),
    [
        ("我要发抖音曝光你们", "media"), ("再不解决我就找记者", "media"), ("信不信我挂到小红书上", "media"), ("我要爆料給媒體", "media"),
        ("我打12378投诉", "regulator"), ("再不处理我去银保监会举报", "regulator"), ("我只能向消协反映", "regulator"),
        ("我要起诉你们", "legal"), ("法庭见,我已经找了律师", "legal"), ("不退钱我就报警", "legal"), ("我會提告", "legal"),
        ("你们威胁要起诉我", None), ("法院把我的卡冻结了", None), ("催收说要走法律程序", None), ("人民银行的规定是什么", None),
        ("12378是哪里的电话,请问怎么投诉", None), ("我在抖音看到你们的广告", None), ("柜员态度不好", None),
    ],
)  # fmt: skip
def test_threat(text: str, threat: str | None) -> None:
    assert signals(text).threat == threat


@pytest.mark.parametrize(
    ("text", "staff"),
    [
        ("柜员爱答不理还翻白眼", True), ("大堂经理强推保险", True), ("你们客服直接挂我电话", True), ("客户经理答应的现在不认", True), ("2号窗口那个人骂我", True),
        ("我要投诉理财经理", True), ("櫃員態度好差", True), ("什么态度", True),
        ("柜员态度很好", False), ("假冒客服骗我钱", False), ("年费怎么收", False), ("APP闪退", False), ("谢谢那位柜员,没骂我", False), ("商家客服不退款", False),
    ],
)  # fmt: skip
def test_staff_implicated(text: str, staff: bool) -> None:
    assert signals(text).staff_implicated is staff


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("问了四遍还是没结果", True), ("第三次投诉了", True), ("这是第五遍了!", True), ("上次反映的根本没解决", True), ("打了五次客服都没用", True), ("投诉无果", True), ("之前投诉过", True),
        ("说三天给答复,到现在没消息", True), ("多次联系客服不处理", True), ("同一个问题反映了两回", True), ("我對處理結果不滿意", True),
        ("我要投诉", False), ("我第一次投诉", False), ("跑了两家网点取钱", False), ("昨天柜员骂我", False), ("上个月开的卡", False),
    ],
)  # fmt: skip
def test_second_complaint(text: str, second: bool) -> None:
    assert signals(text).second_complaint is second


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("这是业主群里发的", True), ("我现在就在你们大厅,旁边好多人看着", True), ("旁边都是人,不方便说", True),
        ("说话不方便,旁边有人", True), ("我正在直播", True),
        ("大厅里好多人排队", False), ("柜员当着我妈的面骂人", False), ("当时旁边都是人在听", False), ("小心点别弄丢了", False),
        ("我拉进了理财群", False), ("我一个人在家", False), ("那天大堂里好多人看着", False),
    ],
)  # fmt: skip
def test_public_place(text: str, public: bool) -> None:
    assert signals(text).public_place is public


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("我们二十多个人都被骗了", 20), ("我们小区30户一起投诉", 30), ("一共12名储户要说法", 12), ("我們三十幾個人一齊嚟", 30),
        ("排了二十个人", None), ("我有两个孩子", None), ("我们两个人去的", None), ("打了二十个电话", None),
    ],
)  # fmt: skip
def test_group_size(text: str, size: int | None) -> None:
    assert signals(text).group_size == size


@pytest.mark.parametrize(
    "text",
    [
        "我要投诉", "你们柜员什么态度", "莫名扣了我两百块,退给我", "APP一直闪退,急死了", "说好免年费又扣", "不办保险就不给放款", "催收打给我单位领导", "取款机没吐钱却扣了账,怎么还不处理",
        "我的資料被你們洩露了,必須給說法", "排了两个小时,太差了", "没经我同意就给开了会员,要求退费",
    ],
)  # fmt: skip
def test_a_wrong_that_somebody_minds(text: str) -> None:
    assert signals(text).complaint


@pytest.mark.parametrize(
    "text",
    ["请问年费多少", "怎么投诉你们", "不是投诉,就问问", "手机银行怎么登录", "转账多久到账", "表扬一下你们客服", "我要撤销投诉", "谢谢", "昨天下午", "投诉多久给答复", "ATM在哪里"],
)  # fmt: skip
def test_no_complaint(text: str) -> None:
    assert not signals(text).complaint


@pytest.mark.parametrize(
    ("text", "awaits"),
    [("不是说今天会打给我吗", True), ("等到现在也没接到你们电话", True), ("怎麼沒有消息", True), ("短信通知怎么开", False), ("我没有手机银行", False)],
)  # fmt: skip
def test_awaits_what_was_promised(text: str, awaits: bool) -> None:
    assert signals(text).awaits is awaits


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ATM把卡吞了", True),
        ("我的卡被机器吃了", True),
        ("提款機吞咗我張卡", True),
        ("卡丢了", False),
        ("机器坏了", False),
    ],
)
def test_a_machine_has_the_card(text: str, kept: bool) -> None:
    assert is_kept_by_machine(normalise(text)) is kept


@pytest.mark.parametrize(
    ("text", "named", "other"),
    [
        ("我交行的卡丢了", "交行", True),
        ("中信银行信用卡不见了怎么办", "中信银行", True),
        ("交行坑人,我要告他们", "交行", True),
        ("我交行的卡和你们的卡都丢了", "交行", False),
        ("我把钱转到交行的卡上", "交行", False),
    ],
)
def test_another_banks(text: str, named: str, other: bool) -> None:
    at = text.index(named)
    assert is_other_bank(text, [Span(text=named, start=at, end=at + len(named))]) is other
    assert not is_other_bank(text, [])
