"""Remedies, promises, contact, whose matter it is, evidence, counts and tails."""

from __future__ import annotations

import pytest
from facts_reading import read

REMEDIES = """
请把钱退给我|refund
要求全额退款|refund
把多收的利息还给我|refund
退番畀我啦|refund
退返俾我,唔好再扣我|cancel_service;refund
要求赔偿我的误工费|compensation
当面跟我道歉|apology
给我一个合理的解释|explanation
我想知道为什么扣钱|explanation
要求核实这笔交易|explanation
不要再打电话骚扰我家人|stop_harassment
停止催收|stop_harassment
希望尽快处理|speed_up
麻烦加快审批|speed_up
赶紧把机器修了|speed_up
尽快把存折还我|speed_up
给我弄台新的,再教我用|other;other
帮我解冻账户|restore
要求恢复额度|restore
消除我的不良征信|fix_credit_record
要求更正征信记录|fix_credit_record
处罚那个柜员|punish_staff
要追究相关人员责任|punish_staff
给我取消这个会员服务|cancel_service
我要退保|cancel_service
帮我注销这张信用卡|close_account
要求销户|close_account
希望减免利息|waive_fee_or_interest
免除违约金|waive_fee_or_interest
想协商分期还款|repayment_plan
申请延期还款|repayment_plan
给我开结清证明|certificate
请负责人联系我|callback
让主管给我回电话|callback
退钱,还要道歉|refund;apology
注销账户并且赔偿损失|compensation;close_account
"""

NO_REMEDY = """
已经退款了
客服讲明免年费的
当时说头两年免手续费
客服解释说系统升级
正在核实
不用道歉
我不是要赔偿
交了解冻费也不放款
说在核实
银行要求我提供证明
柜员在处理别人的业务
取消了分期却还在扣
别人货退回商户了
"""


@pytest.mark.parametrize("line", REMEDIES.strip().splitlines())
def test_remedy(line: str) -> None:
    text, keys = line.split("|")
    found = read(text).remedy
    assert sorted(f.key for f in found) == sorted(keys.split(";"))


@pytest.mark.parametrize("text", NO_REMEDY.strip().splitlines())
def test_no_remedy(text: str) -> None:
    assert [f.key for f in read(text).remedy if f.key != "other"] == []


def test_an_unnamed_wish_is_kept_in_its_words() -> None:
    asked = read("以后排队时多给老人一把椅子", "remedy").remedy
    assert [(f.key, f.text) for f in asked] == [("other", "以后排队时多给老人一把椅子")]
    told = read("我希望你们把大厅的灯修好").remedy
    assert [(f.key, f.text) for f in told] == [("other", "把大厅的灯修好")]
    assert read("随便你们", "remedy").remedy == ()


@pytest.mark.parametrize(
    ("answer", "wish"),
    [
        ("登报致歉,当着大家的面", "登报致歉,当着大家的面"),
        ("把号码机换掉。名字就不留了", "把号码机换掉"),
        ("好的 给大厅装个扶手", "给大厅装个扶手"),
        ("5号窗口的", None),
        ("女的,短发", None),
        ("大前天上午", None),
        ("我要匿名", None),
        ("周末开门吗", None),
    ],
)
def test_asked_for_a_wish_the_answer_is_one_unless_it_says_something_else(answer: str, wish: str | None) -> None:
    found = read(answer, "remedy").wish
    assert (found.text if found else None) == wish


@pytest.mark.parametrize("demand", ["以后别再硬推基金了", "把灯修一下就行", "多派两个人手"])
def test_a_short_demand_needs_no_question(demand: str) -> None:
    assert read(demand, "who").remedy
    assert read(demand, "who").who == ()


@pytest.mark.parametrize(
    ("text", "asked", "tail"),
    [
        ("尾号6621那张卡", (), "6621"),
        ("卡尾号是 0093", (), "0093"),
        ("后四位5527", (), "5527"),
        ("我那张3310结尾的卡", (), "3310"),
        ("6621", ("account_tail",), "6621"),
        ("是8801吧", ("account_tail",), "8801"),
        ("6621", (), None),
        ("6222021234", ("account_tail",), None),
        ("尾号62220", (), None),
        ("扣了6621", (), None),
        ("我的卡是[CARD:****6621]", (), "6621"),
        ("[PHONE:138****8000]", ("account_tail",), None),
    ],
)
def test_account_tail(text: str, asked: tuple[str, ...], tail: str | None) -> None:
    found = read(text, *asked).account_tail
    assert (found.text if found else None) == tail
    if tail and asked:
        assert read(text, *asked, "amount").amount == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("这已经是第四次了", 4),
        ("跑了五趟都没办成", 5),
        ("问过两遍", 2),
        ("反映了三次,打了二十多个电话", 20),
        ("一天打了30个电话", 30),
        ("扣了两次年费", 2),
        ("每次都这样", None),
        ("上次说好的", None),
        ("一次性结清", None),
        ("排了两个小时", None),
    ],
)
def test_count(text: str, count: int | None) -> None:
    assert read(text).count == count


@pytest.mark.parametrize(
    ("text", "promise"),
    [
        ("客户经理答应两天内给我回电,到现在没消息", "答应两天内给我回电"),
        ("当时承诺免三年年费", "承诺免三年年费"),
        ("说好周五到账", "说好周五到账"),
        ("客服说会退给我", "说会退给我"),
        ("从没答应过我", None),
        ("我答应还款", None),
        ("交了保证金", None),
        ("他说话很难听", None),
    ],
)
def test_promise(text: str, promise: str | None) -> None:
    found = read(text).promise
    assert (found.text if found else None) == promise


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("就在这里回复我吧", (), "chat"),
        ("微信上告诉我就行", (), "chat"),
        ("进展发短信给我", (), "sms"),
        ("请给我书面答复", (), "written"),
        ("发邮件给我", (), "email"),
        ("打电话告诉我,上午方便", ("contact",), "phone"),
        ("电话通知吧", (), "phone"),
        ("短信", ("contact",), "sms"),
        ("电话", ("contact_pref",), "phone"),
        ("不留联系方式", (), "none"),
        ("我不想留电话", (), "none"),
        ("别打电话,发短信", (), "sms"),
        ("催收天天给我打电话", (), None),
        ("你们发短信推销", (), None),
        ("短信", (), None),
        ("昨天他们打电话说逾期", (), None),
    ],
)
def test_contact_preference(text: str, asked: tuple[str, ...], expected: str | None) -> None:
    assert read(text, *asked).contact_pref == expected


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("我妈在柜台被推销了保险", "parent"),
        ("我爸的存折取不出钱", "parent"),
        ("替我父亲问一下", "parent"),
        ("你们忽悠我妈买理财", "parent"),
        ("我奶奶80多了,眼睛看不清", "parent"),
        ("我儿子的卡被冻结", "child"),
        ("我老公的信用卡被盗刷", "spouse"),
        ("帮我朋友投诉一下", "other"),
        ("给我妈转账失败", None),
        ("打电话骚扰我妈", None),
        ("我跟我老婆一起去的", None),
        ("联系了我爸的单位", None),
        ("我自己的卡", None),
    ],
)
def test_on_behalf(text: str, relation: str | None) -> None:
    assert read(text).on_behalf == relation


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("我有通话录音", "通话录音"),
        ("截图我都保留了", "截图"),
        ("我保留了聊天记录", "聊天记录"),
        ("手里有当时的小票", "小票"),
        ("我补充一段视频", "视频"),
        ("没有录音", None),
        ("要求调监控", None),
        ("你们提供录音", None),
        ("凭条还在", "凭条"),
    ],
)
def test_evidence(text: str, evidence: str | None) -> None:
    found = read(text).evidence
    assert (found.text if found else None) == evidence


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("信用卡年费", ("信用卡", "年费")),
        ("提款卡被吞", ("借记卡",)),
        ("房贷利率太高", ("房贷",)),
        ("买了基金和理财", ("基金", "理财")),
        ("贷款没批下来", ("贷款",)),
        ("消费贷贷款逾期", ("消费贷",)),
        ("没什么", ()),
    ],
)
def test_products(text: str, products: tuple[str, ...]) -> None:
    assert read(text).product == products
