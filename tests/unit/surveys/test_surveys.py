import pytest
from sqlalchemy import select

from desk.alerts.models import Alert
from desk.clock import local
from desk.conversations.service import customer_for, start_conversation
from desk.policy.schemas import policy
from desk.surveys.service import answer, begin, decline_survey, dissatisfied, index_of, plan_survey, unclear
from desk.surveys.timing import send_time
from desk.tickets.service import open_draft
from desk.work.models import DueWork


@pytest.fixture
async def survey(database, clock):
    async with database.transaction() as session:
        customer = await customer_for(session, channel="web", external_id="a", now=clock.now())
        conversation = await start_conversation(session, customer, channel="web", now=clock.now())
        ticket = await open_draft(
            session, conversation, kind="TS", effect="e", received_at=clock.now(), now=clock.now(), intent=None
        )
        made = await plan_survey(session, ticket, policy=policy(), notified_at=clock.now(), delay_hours=24)
        await begin(session, made, policy=policy(), now=clock.now())
        yield session, made, clock.now()


async def say(survey, *values):
    session, made, now = survey
    steps = [await answer(session, made, value, now=now) for value in values]
    return made, steps


async def test_a_satisfied_customer_is_asked_to_the_end(survey):
    made, steps = await say(survey, "solved", 3, 4, 5)
    assert [step.item for step in steps] == ["expectation", "perception", "manner", None]
    assert (made.state, made.satisfied) == ("answered", True)
    assert made.index == pytest.approx(4 / 3, abs=0.001)


async def test_less_than_expected_is_dissatisfied_though_the_score_is_fair(survey):
    made, steps = await say(survey, "solved", 4, 3)
    assert (made.index, steps[-1].item) == (0.75, "reason")
    assert made.satisfied is False


async def test_not_solved_asks_one_reason_then_offers_ways_on(survey):
    _, steps = await say(survey, "no", "说查无此事", "redo")
    assert [step.item for step in steps] == ["reason", "recovery", None]
    assert steps[-1].say == "recovery_redo"
    session = survey[0]
    kinds = [alert.kind for alert in await session.scalars(select(Alert))]
    assert kinds == ["dissatisfied"]


async def test_a_declined_survey_is_never_sent_again(survey):
    session, made, _ = survey
    await decline_survey(session, made, now=survey[2])
    open_rows = await session.scalars(select(DueWork).where(DueWork.cancelled.is_(False), DueWork.done_at.is_(None)))
    assert [row.kind for row in open_rows if row.kind.startswith("survey")] == []


async def test_praise_that_is_meant_otherwise_is_no_score_and_is_asked_about_once(survey):
    session, made, now = survey
    await say(survey, "solved", 4)
    step = await answer(session, made, 5, now=now, contradiction=True)
    assert (step.item, made.answers["solved"], "perception" in made.answers) == ("reason", "no", False)
    _, steps = await say(survey, "钱没有退")
    assert [step.item for step in steps] == ["recovery"]
    assert (made.reason, made.satisfied) == ("钱没有退", False)


async def test_what_is_no_score_is_asked_once_more_and_then_left_out(survey):
    session, made, now = survey
    await say(survey, "solved")
    assert await unclear(session, made, now=now) is None
    step = await unclear(session, made, now=now)
    assert (step.item, made.answers["expectation"]) == ("perception", None)
    await say(survey, 4, 5)
    assert (made.state, made.satisfied, made.index) == ("answered", True, None)


async def test_the_short_one_asks_two_things(survey):
    made = survey[1]
    made.short = True
    _, steps = await say(survey, "partly", 4)
    assert [step.item for step in steps] == ["perception", None]
    assert (made.state, made.satisfied) == ("answered", True)


@pytest.mark.parametrize(("channel", "short"), [("web", False), ("wechat", True)])
async def test_where_every_line_is_a_message_it_is_short(database, clock, channel, short):
    async with database.transaction() as session:
        customer = await customer_for(session, channel=channel, external_id="b", now=clock.now())
        conversation = await start_conversation(session, customer, channel=channel, now=clock.now())
        ticket = await open_draft(
            session, conversation, kind="TS", effect="f", received_at=clock.now(), now=clock.now(), intent=None
        )
        made = await plan_survey(session, ticket, policy=policy(), notified_at=clock.now(), delay_hours=24)
        assert made.short is short


async def test_dissatisfied_stays_so_whatever_comes_later_and_the_last_score_is_kept(survey):
    made = survey[1]
    await say(survey, "solved", 4, 2, "柜员没有道歉")
    assert made.satisfied is False
    await say(survey, "later")
    assert (made.answers["perception"], made.satisfied, made.state) == (2, False, "answered")


async def test_the_words_stand_apart_from_the_scores(survey):
    session, made, now = survey
    made.item = "reason"
    await answer(session, made, "利率和当初说的不一样", now=now, cause_six=3)
    assert (made.reason, made.cause_six, "reason" in made.answers) == ("利率和当初说的不一样", 3, False)
    made.item = "comment"
    await answer(session, made, "希望快一点", now=now)
    assert (made.comment, made.item) == ("希望快一点", None)


@pytest.mark.parametrize(
    ("answers", "unhappy"),
    [
        ({"expectation": 3, "perception": 4}, False),
        ({"expectation": 4, "perception": 3}, True),
        ({"solved": "no", "perception": 5}, True),
        ({"perception": 2}, True),
        ({"perception": 3}, False),
    ],
)
def test_the_seeds_definition(answers, unhappy):
    assert dissatisfied(answers) is unhappy


def test_index_is_perception_over_expectation():
    assert index_of({"expectation": 4, "perception": 3}) == 0.75
    assert index_of({"perception": 3}) is None


def test_nobody_is_asked_at_night(clock):
    late = local(clock.now()).replace(hour=22)
    assert (send_time(policy(), late).hour, send_time(policy(), late).day) == (9, late.day + 1)
    assert send_time(policy(), late.replace(hour=7)).hour == 9
