"""Sums of money, and numbers that are none."""

from __future__ import annotations

import pytest

from desk.reading.facts.amount import read_amounts, read_sum_in_words
from desk.reading.facts.numerals import parse_number

AMOUNTS = """
把扣我的120会费退了|120|CNY|?
3万8|38000|CNY|?
三万八|38000|CNY|?
两千三|2300|CNY|?
一万二|12000|CNY|?
两千多|2000|CNY|~?
500块|500|CNY|
1.2w|12000|CNY|?
3w5|35000|CNY|?
5k|5000|CNY|?
转了5K|5000|CNY|?
¥300|300|CNY|
￥99.9|99.9|CNY|
HK$300|300|HKD|
HKD 1200|1200|HKD|
NT$1800|1800|TWD|
US$20|20|USD|
300美金|300|USD|
两百美元|200|USD|
500蚊|500|HKD|
八百港币|800|HKD|
1200台币|1200|TWD|
80欧元|80|EUR|
100英镑|100|GBP|
5000日元|5000|JPY|
二百五|250|CNY|?
扣了二百五|250|CNY|?
38000|38000|CNY|?
1,800 元|1800|CNY|
1,234,567.89元|1234567.89|CNY|
280元|280|CNY|
人民币650|650|CNY|
少吐了300|300|CNY|?
扣1600|1600|CNY|?
前后产生8400多得费用|8400|CNY|~?
多收了我45|45|CNY|?
少给100|100|CNY|?
取了2000|2000|CNY|?
转出4万,第二笔|40000|CNY|?
收了我两百年费|200|CNY|?
上万块钱没了|10000|CNY|~
近千元|1000|CNY|~
3块5|3.5|CNY|
三块五|3.5|CNY|
12元5角|12.5|CNY|
5毛钱|0.5|CNY|
八角|0.8|CNY|
给我爸转两万|20000|CNY|?
每笔10元|10|CNY|
亏了三万|30000|CNY|?
欠款38521.36元|38521.36|CNY|
扣了三次,每次200|200|CNY|?
借了10万分36期|100000|CNY|?
50元代金券|50|CNY|
卡里莫名少了九千|9000|CNY|?
账单是1234.56|1234.56|CNY|?
20多万|200000|CNY|~?
二十多万|200000|CNY|~?
十几万|100000|CNY|~?
10几万|100000|CNY|~?
几千块|2000|CNY|~
几百块钱|200|CNY|~
数万元|20000|CNY|~
两三千块|2000|CNY|~
七八百元|700|CNY|~
贷款30万20年|300000|CNY|?
被骗了1万5千|15000|CNY|?
一万两千三百块|12300|CNY|
三千零五十元|3050|CNY|
两千零三元|2003|CNY|
壹万贰仟元|12000|CNY|
月收入6000|6000|CNY|?
还我800|800|CNY|?
要赔偿我2500|2500|CNY|?
iPhone14 8999元|8999|CNY|
收2块钱手续费|2|CNY|
一共是3,456.78|3456.78|CNY|?
房租3000|3000|CNY|?
工资8000没到账|8000|CNY|?
大概三千块|3000|CNY|~
一千块不到|1000|CNY|~
三千块左右|3000|CNY|~
不到500元|500|CNY|~
年费每年300多|300|CNY|~?
1000多块|1000|CNY|~
一亿三千万|130000000|CNY|?
本金50000元|50000|CNY|
余额只有12.5|12.5|CNY|?
手续费25.00|25|CNY|?
罚息1860|1860|CNY|?
转账两万元|20000|CNY|
充值100|100|CNY|?
三万块现金|30000|CNY|
给了我50蚊|50|HKD|
0.01元|0.01|CNY|
100元/月|100|CNY|
5w左右|50000|CNY|~?
垫付4500|4500|CNY|?
首付60万|600000|CNY|?
利息12000|12000|CNY|?
打了3600后又要我打|3600|CNY|?
"""

NOT_AMOUNTS = """
我妈70多岁了
我妈70多了
去了三次
3号窗口
[PHONE:138****8000]
[CARD:****1234]
TS20250611-0007
工号0213
iphone 13
用的是华为P40
2023年5月20日扣的
利率4%
年化利率不能超过24
一分钱没收到
一毛钱都不退
打了95588
打12378
转95533
排了40多个人
5000积分
积分兑换要20000积分
一块儿去
我们一块去的
千万不要
万一
一万个不满意
尾号4417
账号622848
逾期3个月
借了36期
打了100多个电话
收到3条短信
第2笔
手机号13800138000
拨打4008001234
百分之八十
2025-06-11
下午3:20
版本8.4.0
3楼
20号
5个工作日
第500号
24小时
满意度5分
7折
90后
二十多个电话
三百六十五天
等了45分钟
一百分
你就是个二百五
https://example.com/a?x=500
"""


@pytest.mark.parametrize("line", AMOUNTS.strip().splitlines())
def test_reads(line: str) -> None:
    text, value, currency, signs = line.split("|")
    found = read_amounts(text)
    assert [(f.value, f.currency) for f in found] == [(float(value), currency)]
    assert found[0].approx == ("~" in signs)
    assert found[0].assumed == ("?" in signs)
    assert text[found[0].start : found[0].end] == found[0].text


def test_the_table_is_large_enough() -> None:
    assert len(AMOUNTS.split()) >= 95
    assert len((AMOUNTS + NOT_AMOUNTS).strip().splitlines()) >= 140


@pytest.mark.parametrize("text", NOT_AMOUNTS.strip().splitlines())
def test_is_no_money(text: str) -> None:
    assert [f.text for f in read_amounts(text)] == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("额度从5万降到2万", [50000, 20000]),
        ("三千到五千元", [3000, 5000]),
        ("3-5万元", [30000, 50000]),
        ("扣了200,又扣了200", [200]),
        ("本金2万,利息1200,罚息350元", [20000, 1200, 350]),
        ("转了3笔,一笔5000元,两笔各300元", [5000, 300]),
    ],
)
def test_several_sums(text: str, values: list[float]) -> None:
    assert [f.value for f in read_amounts(text)] == values


@pytest.mark.parametrize(
    ("text", "value"), [("200", 200), ("大概三百吧", 300), ("2千", 2000), ("九十八", 98), ("1800", 1800), ("15块", 15)]
)
def test_a_bare_number_answers_the_question(text: str, value: float) -> None:
    assert [f.value for f in read_amounts(text, asked=True)] == [value]


@pytest.mark.parametrize("text", ["5", "1800", "九十八"])
def test_a_bare_number_is_nothing_when_not_asked(text: str) -> None:
    assert read_amounts(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("廿一", 21),
        ("两千零三", 2003),
        ("二〇二五", 2025),
        ("三八零零", 3800),
        ("一百零五", 105),
        ("十", 10),
        ("一亿二", 120000000),
    ],
)
def test_numerals(text: str, value: float) -> None:
    found = parse_number(text)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("两个月的工资一下子没了", "两个月的工资"),
        ("一辈子的积蓄都在里面", "一辈子的积蓄"),
        ("这个月工资还没到", None),
        ("存款利率多少", None),
    ],
)
def test_a_sum_in_words(text: str, told: str | None) -> None:
    found = read_sum_in_words(text)
    assert (found.text if found else None) == told
