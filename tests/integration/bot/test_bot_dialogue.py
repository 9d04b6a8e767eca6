"""The order of a complaint and what interrupts it: the rules in data/rules, on a real bot process."""

import pytest
import yaml
from conversation import CONFIRM, EVERYWHERE, FACTS, OPEN, REGISTERED, SOOTHE, Conversation, standing, texts
from fake_actions import FakeActions, ok, rejection, returns, say, slot
from rasa_process import REPO, Bot

URGENT = ["report_fraud", "report_card_loss", "report_unauthorized_txn", "threaten_violence", "self_harm_risk"]
ASK_WHEN = "action_ask_facts_form_when"
ASK_YES = "action_ask_confirm_form_confirmation"


class TestOrder:
    def test_upset_customer_gratitude_facts_confirm_procedure(self, customer: Conversation) -> None:
        said = [
            customer.say("你们太不像话了", intent="complain_service_attitude", mood="upset"),
            customer.say("气坏我了", intent="express_emotion", mood="upset"),
            customer.say("排了两个钟头", intent="inform", mood="calm"),
            customer.say("上周五", intent="inform"),
            customer.say("北门网点", intent="inform"),
            customer.say("对", intent="affirm"),
            customer.say("怎么样了", intent="query_ticket_status"),
        ]
        assert [answer["actions"] for answer in said] == [
            ["action_thank_and_apologise"],
            ["action_hear"],
            ["action_hear", "validate_facts_form", ASK_WHEN],
            ["validate_facts_form", "action_ask_facts_form_where"],
            ["validate_facts_form", "validate_confirm_form", ASK_YES],
            ["validate_confirm_form", "action_register"],
            ["action_ticket_status"],
        ]
        assert said[-1]["state"]["slots"]["stage"] == "registered"

    def test_calm_customer_is_thanked_and_asked_in_one_turn(self, customer: Conversation) -> None:
        answer = customer.say("天天打电话推销", intent="complain_marketing")
        assert texts(answer) == ["<thanks, sorry>", f"<{ASK_WHEN}>"]
        assert answer["state"]["loop"]["name"] == "facts_form"
        assert answer["state"]["requested_slot"] == "when"

    def test_upset_customer_is_asked_no_fact_whatever_the_action_decides(
        self, customer: Conversation, actions: FakeActions
    ) -> None:
        actions.handlers["action_thank_and_apologise"] = lambda call: ok(
            events=[slot("stage", "facts")], responses=[say("谢谢")]
        )
        answer = customer.say(intent="complain_marketing", mood="upset")
        assert answer["actions"] == ["action_thank_and_apologise"]
        assert customer.say("上周五", intent="inform")["actions"] == ["validate_facts_form", ASK_WHEN]

    def test_a_form_with_nothing_left_to_ask_goes_straight_to_the_read_back(
        self, customer: Conversation, actions: FakeActions
    ) -> None:
        actions.handlers["validate_facts_form"] = lambda call: ok(
            events=[slot("what", "x"), slot("requested_slot", None)]
        )
        answer = customer.say(intent="complain_marketing")
        assert answer["actions"] == [
            "action_thank_and_apologise",
            "validate_facts_form",
            "validate_confirm_form",
            ASK_YES,
        ]

    def test_a_read_back_confirmed_on_the_way_is_registered(self, customer: Conversation, actions: FakeActions) -> None:
        confirmed = ok(events=[slot("confirmation", "yes"), slot("requested_slot", None)])
        actions.handlers["validate_confirm_form"] = lambda call: confirmed
        customer.state = standing("facts", "facts_form", "where")
        customer.state["slots"]["when"] = "上周五"
        answer = customer.say("北门,就这些", intent="inform")
        assert answer["actions"] == ["validate_facts_form", "validate_confirm_form", "action_register"]
        assert answer["state"]["loop"] is None

    def test_correction_of_the_read_back_is_read_back_again(self, customer: Conversation) -> None:
        customer.state = CONFIRM
        answer = customer.say("不对,是周四", intent="correct_info")
        assert answer["actions"] == ["validate_confirm_form", ASK_YES]
        assert answer["state"]["loop"]["name"] == "confirm_form"

    def test_another_complaint_inside_the_facts_is_taken_by_the_form(self, customer: Conversation) -> None:
        customer.state = FACTS
        assert customer.say(intent="complain_pricing_fee")["actions"] == [
            "validate_facts_form",
            "action_ask_facts_form_where",
        ]

    @pytest.mark.parametrize("stage", ["soothe", "facts", "registered", "open"])
    def test_complaint_after_registration_is_thanked_and_goes_where_the_action_says(
        self, customer: Conversation, actions: FakeActions, stage: str
    ) -> None:
        actions.handlers["action_thank_and_apologise"] = lambda call: ok(
            events=[slot("stage", stage)], responses=[say("谢谢")]
        )
        customer.state = REGISTERED
        answer = customer.say(intent="complain_unresolved")
        assert answer["actions"][0] == "action_thank_and_apologise"
        assert ("validate_facts_form" in answer["actions"]) == (stage == "facts")


FORMS = yaml.safe_load((REPO / "bot/domain/forms.yml").read_text())["forms"]
LEAVING = {
    *URGENT,
    "goodbye",
    "cancel_flow",
    "withdraw_complaint",
    "request_human",
    "request_other_person",
    "request_other_place",
    "request_other_time",
}
RETURNING = [name for name in FORMS["facts_form"]["ignored_intents"] if name not in LEAVING]


class TestDigression:
    @pytest.mark.parametrize("intent", RETURNING)
    @pytest.mark.parametrize(("state", "ask"), [(FACTS, ASK_WHEN), (CONFIRM, ASK_YES)], ids=["facts", "confirm"])
    def test_answered_and_back_to_the_same_item(
        self, customer: Conversation, intent: str, state: dict, ask: str
    ) -> None:
        customer.state = state
        answer = customer.say(intent=intent)
        form = state["loop"]["name"]
        assert answer["state"]["loop"] == state["loop"]
        assert answer["state"]["requested_slot"] == state["requested_slot"]
        assert texts(answer)[-1] == f"<{ask}>"
        assert len(answer["messages"]) == 2, "one answer, then the item"
        assert answer["actions"].count(f"validate_{form}") == 2, "refused, and asked again what is open"

    def test_a_digression_that_settled_the_open_item_ends_the_form(
        self, customer: Conversation, actions: FakeActions
    ) -> None:
        settled = ok(events=[slot("what", "x"), slot("requested_slot", None)])
        actions.handlers["validate_facts_form"] = lambda call: (
            settled if returns(call, "facts_form") else rejection(call)
        )
        customer.state = FACTS
        answer = customer.say(intent="decline_change")
        assert texts(answer) == ["<action_decline_change>", f"<{ASK_YES}>"]
        assert answer["state"]["loop"]["name"] == "confirm_form"

    def test_digression_after_digression(self, customer: Conversation) -> None:
        customer.state = FACTS
        for intent in ("inquire_fee", "greet", "ask_is_bot", "inquire_branch"):
            assert customer.say(intent=intent)["state"]["requested_slot"] == "when"
        assert customer.say("上周五", intent="inform")["state"]["slots"]["when"] == "上周五"

    def test_greeting_in_the_middle_does_not_introduce_itself_again(self, customer: Conversation) -> None:
        customer.state = FACTS
        assert "智能客服" not in texts(customer.say(intent="greet"))[0]

    @pytest.mark.parametrize("form", ["facts_form", "confirm_form"])
    def test_a_form_that_learned_nothing_does_not_fall_silent(
        self, customer: Conversation, actions: FakeActions, form: str
    ) -> None:
        # Rasa takes "only requested_slot came back" for a rejection.
        state = FACTS if form == "facts_form" else CONFIRM
        actions.handlers[f"validate_{form}"] = lambda call: ok(events=[slot("requested_slot", state["requested_slot"])])
        customer.state = state
        answer = customer.say("嗯?", intent="inform")
        assert len(answer["messages"]) == 2
        assert answer["state"]["requested_slot"] == state["requested_slot"]


class TestChanges:
    @pytest.mark.parametrize(
        ("intent", "action"),
        [
            ("request_human", "action_change_person"),
            ("request_other_person", "action_change_person"),
            ("request_other_place", "action_change_place"),
            ("request_other_time", "action_change_time"),
        ],
    )
    @pytest.mark.parametrize("place", EVERYWHERE)
    def test_change_ends_the_form(self, customer: Conversation, intent: str, action: str, place: str) -> None:
        customer.state = EVERYWHERE[place]
        answer = customer.say(intent=intent)
        assert answer["actions"][-1] == action
        assert answer["state"]["loop"] is None
        assert answer["state"]["requested_slot"] is None

    def test_facts_go_on_after_a_change_that_came_to_nothing(self, customer: Conversation) -> None:
        customer.state = FACTS
        customer.say(intent="request_human")
        assert customer.state is not None
        assert customer.state["slots"]["what"] == "排队太久"
        assert customer.say("上周五", intent="inform")["actions"][-1] == ASK_WHEN

    def test_declined_change_asks_the_open_item_again(self, customer: Conversation) -> None:
        customer.state = FACTS
        assert texts(customer.say(intent="decline_change")) == ["<action_decline_change>", f"<{ASK_WHEN}>"]

    def test_an_action_may_end_the_form_itself(self, customer: Conversation, actions: FakeActions) -> None:
        ended = [{"event": "active_loop", "name": None}, slot("requested_slot", None)]
        actions.handlers["action_note_vulnerability"] = lambda call: ok(events=ended, responses=[say("好的")])
        customer.state = FACTS
        answer = customer.say(intent="vulnerable_disclosure")
        assert texts(answer) == ["好的"]
        assert answer["state"]["loop"] is None


class TestStageFromTheApi:
    """The api sends the stage along: danger and agents move it without the bot."""

    def test_it_is_the_last_word(self, customer: Conversation) -> None:
        customer.state = OPEN
        answer = customer.say(intent="inform", entities={"mood_gate": "calm", "stage": "registered"})
        assert answer["actions"] == ["action_add_to_ticket"]
        assert answer["state"]["slots"]["stage"] == "registered"

    @pytest.mark.parametrize(
        ("stage", "action"),
        [("waiting", "action_wait"), ("urgent", "action_urgent_next"), ("open", "action_listen_open")],
    )
    @pytest.mark.parametrize("state", [FACTS, CONFIRM], ids=["facts", "confirm"])
    def test_it_closes_a_form_that_was_open(self, customer: Conversation, state: dict, stage: str, action: str) -> None:
        customer.state = state
        answer = customer.say(intent="inform", entities={"mood_gate": "calm", "stage": stage})
        assert answer["actions"] == [action]
        assert answer["state"]["loop"] is None

    def test_what_the_actions_move_in_the_turn_stays_moved(self, customer: Conversation) -> None:
        told = {"mood_gate": "calm", "stage": "open"}
        answer = customer.say(intent="complain_marketing", entities=told)
        assert answer["state"]["loop"]["name"] == "facts_form"
        assert answer["state"]["slots"]["stage"] == "facts"

    @pytest.mark.parametrize("intent", ["complain_unresolved", "express_emotion", "inform", "abuse_profanity"])
    @pytest.mark.parametrize(("stage", "action"), [("waiting", "action_wait"), ("urgent", "action_urgent_next")])
    def test_nothing_is_taken_down_while_a_person_is_on_the_way(
        self, customer: Conversation, intent: str, stage: str, action: str
    ) -> None:
        customer.state = standing(stage)
        assert customer.say(intent=intent, mood="upset")["actions"] == [action]


class TestUrgent:
    @pytest.mark.parametrize("intent", URGENT)
    @pytest.mark.parametrize("place", EVERYWHERE)
    def test_urgent_overrides_everything(self, customer: Conversation, intent: str, place: str) -> None:
        customer.state = EVERYWHERE[place]
        answer = customer.say(intent=intent, mood="upset")
        assert answer["actions"][-1] == "action_urgent_next"
        assert texts(answer) == ["<action_urgent_next>"]
        assert answer["state"]["loop"] is None
        assert answer["failed"] == []

    def test_stage_of_the_urgent_action_is_kept(self, customer: Conversation, actions: FakeActions) -> None:
        actions.handlers["action_urgent_next"] = lambda call: ok(
            events=[slot("stage", "registered")], responses=[say("先停")]
        )
        customer.state = FACTS
        assert customer.say(intent="report_fraud")["state"]["slots"]["stage"] == "registered"


class TestDraft:
    @pytest.mark.parametrize("intent", ["cancel_flow", "withdraw_complaint", "goodbye"])
    @pytest.mark.parametrize("state", [FACTS, CONFIRM, SOOTHE], ids=["facts", "confirm", "soothe"])
    def test_leaving_keeps_the_draft(self, customer: Conversation, intent: str, state: dict) -> None:
        customer.state = state
        answer = customer.say(intent=intent)
        assert answer["actions"][-1] == "action_keep_draft"
        assert answer["state"]["loop"] is None
        assert answer["state"]["slots"]["stage"] == "open"

    def test_resuming_goes_on_with_the_facts(self, customer: Conversation) -> None:
        customer.state = OPEN
        answer = customer.say(intent="resume_flow")
        assert answer["actions"][:2] == ["action_resume_draft", "validate_facts_form"]
        assert answer["state"]["loop"]["name"] == "facts_form"

    @pytest.mark.parametrize("stage", ["open", "soothe", "registered"])
    def test_nothing_to_resume(self, customer: Conversation, actions: FakeActions, stage: str) -> None:
        actions.handlers["action_resume_draft"] = lambda call: ok(events=[slot("stage", stage)], responses=[say("好")])
        answer = customer.say(intent="resume_flow")
        assert answer["actions"] == ["action_resume_draft"]
        assert answer["state"]["loop"] is None

    def test_after_registration_leaving_means_withdrawing(self, customer: Conversation) -> None:
        customer.state = REGISTERED
        assert customer.say(intent="cancel_flow")["actions"] == ["action_withdraw"]


PROCEDURE = {
    "query_ticket_status": "action_ticket_status",
    "supplement_evidence": "action_add_to_ticket",
    "correct_info": "action_add_to_ticket",
    "inform": "action_add_to_ticket",
    "withdraw_complaint": "action_withdraw",
    "set_contact_preference": "action_set_contact",
    "request_remedy": "action_request_review",
    "give_suggestion": "action_record_suggestion",
    "give_praise": "action_record_praise",
    "give_score": "action_record_satisfaction",
    "confirm_resolved": "action_record_satisfaction",
    "decline_survey": "action_record_satisfaction",
    "affirm": "action_listen_open",
    "ask_repeat": "action_repeat",
    "ask_why_needed": "action_explain_purpose",
    "nlu_fallback": "action_offer_readings",
}


@pytest.mark.parametrize(("intent", "action"), PROCEDURE.items())
def test_after_registration(customer: Conversation, intent: str, action: str) -> None:
    customer.state = REGISTERED
    assert customer.say(intent=intent)["actions"] == [action]


@pytest.mark.parametrize("intent", ["affirm", "deny", "inform", "skip_slot", "refuse_info", "correct_info"])
def test_answer_to_nothing_is_met_with_an_open_question(customer: Conversation, intent: str) -> None:
    assert customer.say(intent=intent)["actions"] == ["action_listen_open"]


INTENTS = yaml.safe_load((REPO / "bot/domain/intents.yml").read_text())["intents"]


@pytest.mark.parametrize("place", EVERYWHERE)
def test_no_message_is_ever_left_without_an_answer(bot: Bot, actions: FakeActions, place: str) -> None:
    assert len(INTENTS) == 82
    silent = []
    for mood in ("calm", "upset"):
        for intent in [*INTENTS, "nlu_fallback"]:
            customer = Conversation(bot, actions, EVERYWHERE[place])
            answer = customer.say(intent=intent, mood=mood)
            if not answer["messages"] or answer["failed"]:
                silent.append((intent, mood, answer["actions"], answer["failed"]))
    assert silent == []


def test_a_form_that_rejects_everything_is_still_answered(bot: Bot, actions: FakeActions) -> None:
    """A validating action that takes nothing leaves every intent to the rules."""
    silent = []
    for state in (FACTS, CONFIRM, standing("facts", "confirm_form", "confirmation")):
        form = state["loop"]["name"]

        def refuse(call: dict, form: str = form, item: str = state["requested_slot"]) -> tuple:
            return ok(events=[slot("requested_slot", item)]) if returns(call, form) else rejection(call)

        actions.handlers[f"validate_{form}"] = refuse
        for intent in [*INTENTS, "nlu_fallback"]:
            answer = Conversation(bot, actions, state).say(intent=intent)
            if not answer["messages"] or answer["failed"]:
                silent.append((form, intent, answer["actions"], answer["failed"]))
    assert silent == []
