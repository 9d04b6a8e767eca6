import pytest

from desk.phrases.lint import asks, check, has_apology, has_thanks, opening_lacks
from desk.reading.lexicon import load


def rules(text: str, **how: object) -> set[str]:
    return {finding.rule for finding in check(text, **how)}  # type: ignore[arg-type]


FORBIDDEN = [
    ("您先冷静一下", "orders_the_feeling", None),
    ("请您不要激动", "orders_the_feeling", None),
    ("这是规定。", "hides_behind_rules", None),
    ("系统就这样的", "hides_behind_rules", None),
    ("这不可能", "argues", None),
    ("肯定是您点错了", "argues", None),
    ("应该是您没看清说明", "blames_customer", None),
    ("您操作有误", "blames_customer", None),
    ("您怎么会信呢", "blames_customer", "urgent"),
    ("这个不归我管", "breaks_first_contact", None),
    ("您打信用卡部门吧", "breaks_first_contact", None),
    ("我也没办法", "reluctant", None),
    ("那好吧,您去投诉吧", "reluctant", None),
    ("不就是晚了一天", "belittles", None),
    ("才几块钱", "belittles", None),
    ("这只是系统延迟", "belittles", None),
    ("非常抱歉,但是我们查不到", "cancels_apology", None),
    ("对不起。不过您也可以去柜台", "cancels_apology", None),
    ("我保证赔给您", "promises_beyond_authority", None),
    ("这笔钱一定退", "promises_beyond_authority", None),
    ("款项马上到账", "promises_beyond_authority", None),
    ("我们会处分他", "promises_beyond_authority", None),
    ("这是我们的责任", "prejudges", "facts"),
    ("确实是柜员错了", "prejudges", None),
    ("请务必再次提供时间", "asks_again", "facts"),
    ("请您再说一遍经过", "asks_again", "facts"),
    ("麻烦请尽快回复", "hurries_customer", "facts"),
    ("亲,这边帮您看下哦", "wrong_tone", None),
    ("好哒亲亲", "wrong_tone", None),
    ("没问题😊😊", "wrong_tone", None),
    ("请问还有什么可以帮您?", "dismissive", "soothe"),
    ("客户属恶意投诉", "labels_customer", None),
    ("您的密码是多少?", "asks_for_secret", None),
    ("把验证码发我", "asks_for_secret", None),
    ("请提供您的完整卡号", "asks_for_secret", None),
    ("身份证正反面发来", "asks_for_secret", None),
    ("顺便推荐您看看这款理财", "sells", "track"),
    ("可能是因为系统升级", "guesses_cause", "facts"),
    ("这已构成违约", "judges_law", None),
    ("那位柜员态度恶劣", "describes_staff", "confirm"),
    ("感谢您反映,请先锁卡", "thanks_in_danger", "urgent"),
    ("您的投诉正在处理中,请耐心等待", "empty_status", "track"),
    ("我们会在15日内答复", "days_without_date", "procedure"),
    ("请您上班时间再来", "sends_away", None),
    ("希望您先删除那条微博", "pleads_or_threatens", None),
    ("我不是机器人", "human_pretence", None),
]

ALLOWED = [
    ("谢谢您愿意告诉我们,这件事给您添麻烦了,非常抱歉。", "soothe"),
    ("您先说,我在听,不着急。", "soothe"),
    ("我先把您说的记下来,您看看有没有不对的地方。", "facts"),
    ("编号是TS20250611-0007,最晚7月3日(周四)前给您处理决定;明天11:20前先告诉您进展。", "procedure"),
    ("如果您愿意,我请另一位同事来接着处理,之前的情况他都能看到,您不必重复。", "escalate"),
    ("您现在要是不方便,我约个您合适的时间,由专人打给您。", "escalate"),
    ("您说得对,上次约好的时间我们没做到,这是我们的问题。", "track"),
    ("我是智能客服,您随时可以说“转人工”。", "open"),
    ("请不要在这里发密码、验证码、卡背面三位数,任何人问都不要给。", "facts"),
    ("方便的话只说卡号后四位就可以,千万别发完整卡号、密码或验证码。", "facts"),
    ("您希望我们给您退费,对吗?", "confirm"),
    ("您反映柜员态度不好,对吗?", "confirm"),
    ("请马上打110,把记录留好。", "urgent"),
    ("请尽快打110", "urgent"),
    ("处理结果最晚7月3日(周四)前给您,也就是15日内。", "procedure"),
    ("仍在核实,卡在信用卡中心的回执,正在处理中,明天17:00前告诉您。", "track"),
    ("这样说清楚了吗?还有什么可以帮您?", "enquiry"),
    ("柜台办理要本人到场,这是规定,原因是要核对本人。", "enquiry"),
    ("父亲的账户需要他本人来办。", "enquiry"),
    ("这件事不只是钱的问题,我记下了。", "facts"),
]


@pytest.mark.parametrize(("text", "rule", "phase"), FORBIDDEN)
def test_forbidden_phrases_are_found(text: str, rule: str, phase: str | None) -> None:
    assert rule in rules(text, phase=phase)


@pytest.mark.parametrize(("text", "phase"), ALLOWED)
def test_good_sentences_pass(text: str, phase: str) -> None:
    assert check(text, phase=phase) == []


def test_every_rule_is_provoked_by_a_test() -> None:
    tested = {rule for _, rule, _ in FORBIDDEN} | {"canned"}
    assert tested == {entry["rule"] for entry in load("lexicon", "phrases")["banned"]}


def test_traditional_and_full_width_are_checked_too() -> None:
    assert "orders_the_feeling" in rules("請您冷靜一下！")
    assert "cancels_apology" in rules("非常抱歉，但是查不到")


def test_span_is_the_message_itself() -> None:
    text = "您好。請您冷靜一下！"
    finding = check(text)[0]
    assert text[slice(*finding.span)] == finding.pattern == "冷靜"
    assert finding.reason


def test_canned_understanding_once_in_a_case() -> None:
    line = "您的心情我完全理解。"
    assert check(line) == []
    assert rules(line, earlier=[line]) == {"canned"}
    assert rules(line * 2) == {"canned"}


def test_the_customers_own_words_are_not_ours() -> None:
    said = "你们这是规定压人"
    assert check(f"您说:{said},我记下了。", quoted=[said]) == []
    assert check("您说“我也没办法”这句话让您难受。") == []
    assert rules(f"您说:{said}") == {"hides_behind_rules"}


def test_notes_are_checked_for_labels_and_secrets_only() -> None:
    assert rules("典型刁民,不可能", speaker="note") == {"labels_customer"}


@pytest.mark.parametrize("text", ["感谢您反映", "感谢反映", "謝謝您", "多谢您的耐心"])
def test_thanks(text: str) -> None:
    assert has_thanks(text)


@pytest.mark.parametrize("text", ["不用谢", "您希望当面道歉", "我记下了"])
def test_neither_thanks_nor_apology(text: str) -> None:
    assert not has_thanks(text)
    assert not has_apology(text)


@pytest.mark.parametrize("text", ["非常抱歉", "對不起", "不好意思让您久等", "向您致歉", "给您添麻烦了"])
def test_apology(text: str) -> None:
    assert has_apology(text)


def test_opening() -> None:
    assert opening_lacks("感谢您反映,非常抱歉。您先说,我在听。", 3) == []
    assert opening_lacks("感谢您反映,非常抱歉。是哪天的事?", 1) == []
    assert opening_lacks("感谢您反映,非常抱歉。是哪天的事?", 2) == ["no_ask"]
    assert opening_lacks("非常抱歉。", 1) == ["thanks"]
    assert opening_lacks("是谁?在哪?哪天?", 1) == ["thanks", "apology", "asks"]


def test_asks_are_counted_by_sentence() -> None:
    assert asks("是哪天的事?在哪个网点?") == 2
    assert asks("我记下了。") == 0
