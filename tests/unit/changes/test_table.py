"""The decision table of 3-dialogue.md 3.5, row by row."""

import pytest

from desk.changes.table import Situation, decide, is_disaster
from desk.policy.schemas import policy
from desk.reading.schemas import Mood, Reading


def reading(level=0, **fields):
    return Reading(script="hans", normalised="", mood=Mood(level=level, score=level, trend=0), **fields)


def said(level=0, levels=None, **facts):
    told = {key: facts.pop(key) for key in ("threat", "staff_implicated", "acts", "risk") if key in facts}
    if "acts" in told:
        told["acts"] = frozenset(told["acts"])
    return decide(Situation(reading=reading(level, **told), levels=levels or [level], **facts), policy())


def test_a_calm_complaint_is_offered_nothing():
    decision = said(0)
    assert (decision.rows, decision.offers) == ((20,), ())


def test_anger_is_soothed_once_before_anything_is_offered():
    assert said(3).offers == ()
    assert said(3, soothed=1).offers == ("change_person", "change_time")


def test_two_rises_in_a_row_offer_another_person_without_a_request():
    assert "change_person" in said(2, levels=[0, 1, 2]).offers
    assert "change_person" in said(3, levels=[1, 2, 3]).offers
    assert said(2, levels=[2, 1, 2]).offers == ()


def test_not_calmed_after_two_soothing_turns():
    assert 11 in said(2, soothed=2).rows
    assert 11 not in said(2, soothed=1).rows


@pytest.mark.parametrize("kind", ["change_person", "change_time"])
def test_a_declined_change_is_not_offered_again(kind):
    assert kind not in said(3, soothed=2, declined=frozenset({kind})).offers


def test_unless_the_customer_asks_for_it():
    decision = said(1, wants_person=True, declined=frozenset({"change_person"}))
    assert decision.offers == ("change_person",)


def test_an_open_offer_is_mentioned_again_not_made_again():
    decision = said(3, soothed=1, pending=frozenset({"change_person", "change_time"}))
    assert (decision.offers, decision.pending_again) == ((), ("change_person", "change_time"))


def test_nobody_there_means_another_time_never_a_person():
    decision = said(3, soothed=1, staffed=False)
    assert decision.offers == ("change_time",)
    assert 16 in decision.rows


def test_second_complaint_goes_one_level_up():
    decision = said(1, second_complaint=True)
    assert (decision.rows, decision.priority, decision.target) == ((7,), "P1", "supervisor")


def test_a_threat_of_the_press_brings_a_supervisor():
    decision = said(1, threat="media")
    assert (decision.rows, decision.target, decision.priority) == ((13,), "supervisor", "P1")


def test_in_public_the_place_changes():
    assert said(1, public=True).offers == ("change_place",)


def test_abuse_of_persons():
    assert 9 in said(4).rows
    assert said(4).target == "supervisor"


def test_misunderstood_twice_or_thrice():
    assert 17 in said(0, misunderstood_in_row=2).rows
    assert 17 in said(0, misunderstood=3).rows
    assert 17 not in said(0, misunderstood_in_row=1, misunderstood=2).rows


def test_two_offers_at_most_in_a_message():
    decision = said(4, soothed=3, public=True, threat="media", second_complaint=True)
    assert len(decision.offers) == 2


def test_the_customer_has_no_time_now():
    assert said(0, acts={"busy"}).offers == ("change_time",)


# One line a row of 3-dialogue.md 3.5: what is observed, what is offered in which order, who takes it, how urgent.
ROWS = [
    (1, {"risk": "self_harm"}, (), "duty", "P0"),
    (2, {"risk": "violence"}, (), "supervisor", "P0"),
    (3, {"risk": "fraud"}, (), "fraud", "P0"),
    (4, {"risk": "unauthorized_txn"}, (), "fraud", "P0"),
    (5, {"group_size": 8}, ("change_person", "change_place"), "supervisor", "P1"),
    (5, {"major": True}, ("change_person", "change_place"), "supervisor", "P1"),
    (6, {"acts": {"ask_human"}}, ("change_person",), "agent", "P2"),
    (7, {"second_complaint": True}, ("change_person", "change_time"), "supervisor", "P1"),
    (7, {"chases": 2}, ("change_person", "change_time"), "supervisor", "P1"),
    (7, {"promise_broken": True}, ("change_person", "change_time"), "supervisor", "P1"),
    (8, {"staff_implicated": True}, (), "agent", "P2"),
    (9, {"level": 4}, ("change_person", "change_time"), "supervisor", "P1"),
    (10, {"level": 3, "soothed": 1}, ("change_person", "change_time"), "agent", "P1"),
    (11, {"level": 2, "soothed": 2}, ("change_person", "change_time"), "agent", "P2"),
    (12, {"public": True}, ("change_place",), "private", "P2"),
    (13, {"threat": "regulator"}, ("change_person",), "supervisor", "P1"),
    (14, {"vulnerable": True}, ("change_person", "change_place"), "care", "P1"),
    (15, {"tier": "HQ_KEY"}, ("change_person",), "rm", "P1"),
    (15, {"tier": "BRANCH_KEY"}, ("change_person",), "rm", "P1"),
    (16, {"acts": {"ask_human"}, "staffed": False}, ("change_time",), "agent", "P2"),
    (17, {"misunderstood_in_row": 2}, ("change_person",), "agent", "P2"),
    (18, {"acts": {"busy"}}, ("change_time",), "callback", "P2"),
    (19, {"long_wait": True}, ("change_time",), "callback", "P2"),
    (20, {}, (), "agent", "P2"),
]


@pytest.mark.parametrize(("row", "facts", "offers", "target", "priority"), ROWS, ids=lambda value: str(value)[:40])
def test_every_row(row, facts, offers, target, priority):
    decision = said(**facts)
    assert row in decision.rows
    assert (decision.offers, decision.target, decision.priority) == (offers, target, priority)


def test_no_row_is_left_out():
    assert {row for row, *_ in ROWS} == set(range(1, 21)) == set(policy().decisions["rows"])


def test_twenty_people_are_p0_and_the_staff_complained_about_in_fury_is_p1():
    assert said(group_size=20, major=True).priority == "P0"
    assert said(group_size=20).priority == "P1"
    assert said(group_size=19, major=True).priority == "P1"
    assert said(group_size=4).rows == (20,)
    assert said(3, staff_implicated=True).priority == "P1"


def test_tier_and_need_interrupt_no_calm_case_before_it_is_registered():
    assert said(vulnerable=True, tier="HQ_KEY", registered=False).offers == ()
    assert said(3, soothed=1, vulnerable=True, registered=False).offers == ("change_person", "change_time")


def test_a_tier_lowers_nobody_and_raises_no_further_than_p1():
    for facts in ({"second_complaint": True}, {"level": 3, "soothed": 1}, {"risk": "fraud"}):
        assert said(**facts, tier="HQ_KEY").priority == said(**facts).priority


def test_after_three_changes_only_the_head_is_offered():
    decision = said(3, soothed=1, executed=3)
    assert (decision.offers, decision.target, decision.exhausted) == (("change_person",), "head", True)
    assert not said(3, soothed=1, executed=2).exhausted


@pytest.mark.parametrize("text", ["手机银行全都瘫痪了", "大面积故障", "你们系统整个崩了，全城都用不了"])
def test_words_of_a_failure_for_everybody(text):
    assert is_disaster(text, policy())


@pytest.mark.parametrize("text", ["手机银行打不开", "我的app登不上", "我快崩溃了", "整个过程都很慢"])
def test_words_of_a_failure_for_one(text):
    assert not is_disaster(text, policy())
