"""The decision table of 3-dialogue.md 3.5, row by row."""

import pytest

from desk.changes.table import Situation, decide
from desk.policy.schemas import policy
from desk.reading.schemas import Mood, Reading


def reading(level=0, **fields):
    return Reading(script="hans", normalised="", mood=Mood(level=level, score=level, trend=0), **fields)


def said(level=0, levels=None, **facts):
    told = {key: facts.pop(key) for key in ("threat", "staff_implicated", "acts") if key in facts}
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
