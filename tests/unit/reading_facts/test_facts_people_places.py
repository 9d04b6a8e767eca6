"""Who, where, which institution."""

from __future__ import annotations

import pytest
from facts_reading import WEDNESDAY, read

from desk.reading.facts.service import read_facts

PEOPLE = """
大厅的张经理不理我|张经理|staff|张|经理|
柜员王丽的态度不好|柜员|staff||柜员|
工号88123的柜员办错了|工号88123的柜员|staff||柜员|88123
工号是 A2031|工号是 A2031|staff|||A2031
有个姓刘的大堂经理推销|姓刘的大堂经理|staff|刘|大堂经理|
客户经理说保本|客户经理|staff||客户经理|
电话客服讲不用年费|电话客服|staff||电话客服|
保安把我拦在门外|保安|staff||保安|
老赵跟我说没事|老赵|staff|老赵||
小孙办的业务|小孙|staff|小孙||
陈女士答复的|陈女士|staff|陈|女士|
行員講嘅唔同|行員|staff||行员|
專員一直没回|專員|staff||专员|
襄理不处理|襄理|staff||襄理|
催收公司上门骂人|催收公司|collector||催收公司|
第三方催收人员一天打八次|第三方催收人员|collector||第三方催收人员|
律师事务所发函吓人|律师事务所|collector||律师事务所|
贷款中介骗了我|贷款中介|partner||贷款中介|
商户不肯撤销这笔|商户|partner||商户|
保险公司不退保费|保险公司|partner||保险公司|
被骗子转走了钱|骗子|impostor||骗子|
对方自称公安局的让我转账|自称公安局的|impostor||公安局|
有人冒充银行客服打给我|冒充银行客服|impostor||银行客服|
你们的信用卡中心推诿|||||
2号窗口那个男的,胖胖的,把单子扔给我|2号窗口那个男的,胖胖的|staff||2号窗口|
找9号窗口那个戴眼镜的|找9号窗口那个戴眼镜的|staff||9号窗口|
6号窗口经办的,女的,短头发,一直聊天|6号窗口经办的,女的,短头发|staff||6号窗口|
保安,男的,五十来岁,推了我一把|保安,男的,五十来岁|staff||保安|
男的,戴眼镜|男的,戴眼镜|staff|||
柜员女儿也在那里|柜员|staff||柜员|
贷后部门不同意|贷后部门|department||贷后部门|
我前妻拿走了流水|前妻|private_person||前妻|
招商银行客服说话难听|招商银行客服|staff||银行客服|
"""
_SIMPLE = str.maketrans({"員": "员", "專": "专", "講": "讲"})


@pytest.mark.parametrize("line", PEOPLE.strip().splitlines())
def test_person(line: str) -> None:
    text, span, kind, name, role, badge = line.split("|")
    found = read_facts(text.translate(_SIMPLE), text, WEDNESDAY).who
    if not span:
        assert found == ()
        return
    assert [(f.text, f.kind, f.name or "", f.role or "", f.badge or "") for f in found] == [
        (span, kind, name, role, badge)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "柜员机坏了",
        "由于经理论不懂",
        "客服电话打不通",
        "小程序打不开",
        "小额贷款",
        "万一出事",
        "我要销户",
        "律师函吓不到我",
        "停止电话催收",
    ],
)
def test_nobody_is_meant(text: str) -> None:
    assert [f.text for f in read(text).who] == []


def test_the_impostors_client_service_is_not_ours() -> None:
    fraud = read("贷款平台的客服让我先交解冻费8000").who
    assert [f.kind for f in fraud] == ["impostor"]
    assert [f.kind for f in read("你们客服让我等三天").who] == ["staff"]


def test_one_person_in_several_words() -> None:
    assert [f.text for f in read("催收打给我,催收人员还骂人,催收人员不讲理").who] == ["催收人员"]


@pytest.mark.parametrize(
    ("answer", "span"),
    [
        ("二号窗口 男的 短发", "二号窗口 男的 短发"),
        ("一个戴口罩的年轻女生", "一个戴口罩的年轻女生"),
        ("是个中年男的,有点胖", "是个中年男的,有点胖"),
        ("在线客服,没报姓名", "在线客服"),
        ("4号窗口那位", "4号窗口"),
        ("门口那位", "门口那位"),
        ("姓高", "姓高"),
    ],
)
def test_a_short_answer_names_the_person(answer: str, span: str) -> None:
    assert [f.text for f in read(answer, "who").who] == [span]


@pytest.mark.parametrize("answer", ["不知道", "忘记了", "没留意是谁", "唔知", "跳过", "为什么要问这个?"])
def test_no_answer_names_nobody(answer: str) -> None:
    assert read(answer, "who").who == ()


def test_looks_belong_to_a_window_or_stand_alone() -> None:
    assert read("二号窗口,男的,短发").who[0].text == "二号窗口,男的,短发"
    assert read("大前天上午,保安,2号窗口").who[1].text == "2号窗口"
    assert read("二号窗口男的把单子扔了").who[0].text == "二号窗口男的"
    assert read("女的 高个子").who[0].text == "女的 高个子"
    assert read("旁边还有个女的一直在拍视频看").who == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("别再让老赵跟这件事了", "老赵"),
        ("不要由李主任处理", "李主任"),
        ("我不想再见到那个大堂经理", "大堂经理"),
        ("换掉王经理", "王经理"),
    ],
)
def test_people_to_avoid(text: str, name: str) -> None:
    facts = read(text)
    assert [f.text for f in facts.avoid] == [name]
    assert facts.who == ()
    assert facts.what is None


PLACES = """
在城南支行排了很久|城南支行|branch|城南支行
昨天去城北支行销户|城北支行|branch|城北支行
你们东门支行没人管|东门支行|branch|东门支行
西大街支行的取款机|西大街支行;取款机|branch;device|西大街支行;ATM
城东分行大厅|城东分行;大厅|branch;place|城东分行;网点
我在高新支行办的|高新支行|branch|高新支行
成南支行态度差|成南支行|branch|城南支行
到幸福路支行存钱|幸福路支行|branch|幸福路支行
在沙河镇分理处取的|沙河镇分理处|branch|沙河镇分理处
在城南那家网点办卡|城南那家网点|branch|城南支行
手机银行转不了账|手机银行|channel|手机银行
app打不开|app|channel|手机银行
掌上银行登录失败|掌上银行|channel|手机银行
登录网银报错|网银|channel|网银
ATM吞了我的钱|ATM|device|ATM
自动取款机没吐钞|自动取款机|device|ATM
在柜台办理挂失|柜台|channel|柜台
临柜办不了|临柜|channel|柜台
打电话推销贷款|电话|channel|电话
公众号查不到余额|公众号|channel|微信公众号
在支付宝扣了两次|支付宝|channel|支付宝
通过短信推销的|短信|channel|短信
你们哪家支行能办|支行|place|网点
"""


@pytest.mark.parametrize("line", PLACES.strip().splitlines())
def test_place(line: str) -> None:
    text, spans, kinds, canonicals = line.split("|")
    found = read(text).where
    assert [f.text for f in found] == spans.split(";")
    assert [f.kind for f in found] == kinds.split(";")
    assert [f.canonical for f in found] == canonicals.split(";")


@pytest.mark.parametrize(
    ("answer", "span", "canonical"),
    [
        ("西大街那台", "西大街那台", "西大街支行"),
        ("火车站", "火车站", "火车站支行"),
        ("城北", "城北", "城北支行"),
        ("人民路那边的", "人民路那边", "人民路支行"),
        ("超市门口的机器", "超市", "超市"),
        ("3号窗口", "3号窗口", "3号窗口"),
        ("中心广场对面", "中心广场对面", "中心广场对面"),
    ],
)
def test_a_short_answer_names_the_place(answer: str, span: str, canonical: str) -> None:
    assert [(f.text, f.canonical) for f in read(answer, "where").where] == [(span, canonical)]


@pytest.mark.parametrize("answer", ["不清楚", "记不清了", "昨天"])
def test_no_answer_names_no_place(answer: str) -> None:
    assert read(answer, "where").where == ()


def test_an_alias_is_no_branch_in_a_story() -> None:
    assert read("我从火车站回来发现卡丢了").where == ()


def test_the_telephone_gives_way_to_the_app() -> None:
    facts = read("在手机银行买的基金,打电话问也没人说清楚")
    assert [f.text for f in facts.where] == ["手机银行"]
    assert facts.channel_used == "手机银行"


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("网银转账失败", "网银"),
        ("取款机少给钱", "ATM"),
        ("收到推销短信", "短信"),
        ("客服电话没人接", "电话客服"),
        ("利率太高了", None),
    ],
)
def test_channel_used(text: str, channel: str | None) -> None:
    assert read(text).channel_used == channel


INSTITUTIONS = """
招行的卡被盗刷|招行
我在中国建设银行开的户|中国建设银行
其中信用卡扣了两次|
本人保证属实|
手机银行打不开|
你们银行太慢|
哪家银行都一样|
贵银行不处理|
平安普惠放的款|平安普惠
在马上消费金融借的钱|马上消费金融
买了泰康人寿的保险|泰康人寿
支付宝和银联都说没收到|支付宝;银联
宿迁民丰农商行的网点|宿迁民丰农商行
工行和工商银行是一家|工商银行
江南农村商业银行不给解冻|江南农村商业银行
浦发信用卡逾期|浦发
在蓝鲸优选平台借了钱|蓝鲸优选
祝平安健康|平安健康
"""


@pytest.mark.parametrize("line", INSTITUTIONS.strip().splitlines())
def test_institution(line: str) -> None:
    text, spans = line.split("|")
    assert [f.text for f in read(text).institution] == ([s for s in spans.split(";") if s])
