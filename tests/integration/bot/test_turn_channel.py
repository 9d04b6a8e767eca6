"""The turn channel as docs/architecture.md describes it, on a real bot process."""

from typing import Any

import pytest
from conversation import FACTS, Conversation, texts
from fake_actions import FakeActions, ok, say, slot
from rasa_process import Bot


def test_health_names_the_model(bot: Bot) -> None:
    answer = bot.client.get(bot.url).json()
    assert answer["status"] == "ok"
    assert answer["model"].endswith(".tar.gz")


def test_answer_has_the_promised_parts(customer: Conversation) -> None:
    answer = customer.say(intent="inquire_fee")
    assert set(answer) == {"messages", "state", "intent", "ranking", "actions", "failed"}
    assert answer["messages"] == [{"text": "<action_answer>", "buttons": [], "custom": {}}]
    assert answer["intent"] == {"name": "inquire_fee", "confidence": 1.0}
    assert answer["ranking"][0] == answer["intent"]
    assert len(answer["ranking"]) == 10
    assert answer["actions"] == ["action_answer"]
    assert answer["failed"] == []


def test_actions_are_called_with_rasas_webhook_protocol(customer: Conversation, actions: FakeActions) -> None:
    customer.say("补卡多少钱", intent="inquire_fee")
    (call,) = actions.calls
    assert call["next_action"] == "action_answer"
    assert call["sender_id"] == "c1"
    assert call["tracker"]["latest_message"]["text"] == "补卡多少钱"
    assert call["tracker"]["latest_message"]["metadata"]["token"] == "token-1"
    assert call["tracker"]["slots"]["stage"] == "open"
    assert call["domain"]["forms"]["facts_form"]["required_slots"][:3] == ["what", "when", "where"]


def test_several_messages_stay_whole(customer: Conversation, actions: FakeActions) -> None:
    first = say("第一条\n\n还是第一条", buttons=[{"title": "好", "payload": "yes"}], custom={"promise": 1})
    actions.handlers["action_answer"] = lambda call: ok(responses=[first, say("第二条"), say("", custom={"card": 2})])
    assert customer.say(intent="inquire_fee")["messages"] == [
        {"text": "第一条\n\n还是第一条", "buttons": [{"title": "好", "payload": "yes"}], "custom": {"promise": 1}},
        {"text": "第二条", "buttons": [], "custom": {}},
        {"text": "", "buttons": [], "custom": {"card": 2}},
    ]


def test_an_action_may_utter_a_response_of_the_domain(customer: Conversation, actions: FakeActions) -> None:
    actions.handlers["action_answer"] = lambda call: ok(responses=[{"response": "utter_thank"}])
    assert texts(customer.say(intent="inquire_fee"))[0]


class TestStateless:
    def test_same_state_same_answer(self, customer: Conversation) -> None:
        body = customer.body("上周五", intent="inform") | {"state": FACTS}
        first, second = customer.bot.post(body).json(), customer.bot.post(body).json()
        assert first == second
        assert first["state"]["slots"]["when"] == "上周五"

    def test_nothing_is_remembered_under_a_conversation(self, customer: Conversation, actions: FakeActions) -> None:
        customer.say(intent="complain_marketing")
        again = customer.bot.post(customer.body(intent="inquire_fee") | {"state": None}).json()
        assert again["state"]["slots"] == {"mood_gate": "calm", "stage": "open"}
        users = [e for e in actions.calls[-1]["tracker"]["events"] if e["event"] == "user"]
        assert len(users) == 1

    def test_turns_of_one_conversation_may_overlap(self, bot: Bot, actions: FakeActions) -> None:
        import concurrent.futures

        bodies = [Conversation(bot, actions).body(f"上周{n}", intent="inform") | {"state": FACTS} for n in range(8)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = [response.json() for response in pool.map(bot.post, bodies)]
        assert [a["state"]["slots"]["when"] for a in answers] == [f"上周{n}" for n in range(8)]

    def test_state_stays_small_and_holds_neither_text_nor_token(self, customer: Conversation) -> None:
        for _ in range(12):
            customer.say("我的话不该留在这里", intent="inquire_fee")
        assert customer.state is not None
        assert len(customer.state["turns"]) == 2
        assert len(str(customer.state)) < 400
        assert "我的话" not in str(customer.state)
        assert "token" not in str(customer.state)

    def test_a_state_from_another_model_is_understood_as_far_as_possible(self, customer: Conversation) -> None:
        customer.state = {
            "version": 1,
            "slots": {"stage": "registered", "gone_slot": 1},
            "loop": {"name": "gone_form", "interrupted": False, "rejected": True},
            "requested_slot": "gone_slot",
            "turns": [{"intent": "gone_intent", "actions": ["gone_action"]}],
        }
        answer = customer.say(intent="query_ticket_status")
        assert answer["actions"] == ["action_ticket_status"]
        assert answer["state"]["slots"] == {"mood_gate": "calm", "stage": "registered"}
        assert answer["state"]["loop"] is None


class TestReadingFromMetadata:
    """bot/components/metadata.py, in the trained pipeline."""

    def parse(self, bot: Bot, text: str, **metadata: Any) -> dict[str, Any]:
        answer: dict[str, Any] = bot.post({"text": text, "metadata": metadata}, "parse").json()
        return answer

    def test_without_metadata_the_classifier_decides(self, bot: Bot) -> None:
        answer = self.parse(bot, "补卡手续费多少")
        assert answer["intent"]["name"] == "inquire_fee"
        assert 0.3 < answer["intent"]["confidence"] < 1
        assert len(answer["ranking"]) == 10

    def test_a_certain_intent_wins(self, bot: Bot) -> None:
        answer = self.parse(bot, "补卡手续费多少", intent={"name": "report_fraud"})
        assert answer["intent"] == {"name": "report_fraud", "confidence": 1.0}
        assert [guess["name"] for guess in answer["ranking"][:2]] == ["report_fraud", "inquire_fee"]

    @pytest.mark.parametrize(
        ("keep", "threshold", "expected"),
        [
            (["inquire_fee"], 0.2, "inquire_fee"),
            (["inquire_fee"], 1.0, "inform"),
            (["request_human"], 0.2, "inform"),
            ([], 0.0, "inform"),
        ],
    )
    def test_an_open_question_takes_what_may_not_leave_it(
        self, bot: Bot, keep: list[str], threshold: float, expected: str
    ) -> None:
        expects = {"default": "inform", "keep": keep, "threshold": threshold}
        answer = self.parse(bot, "补卡手续费多少", expects=expects)
        assert answer["intent"]["name"] == expected
        if expected == "inform":
            assert answer["intent"]["confidence"] == 1.0
            assert answer["ranking"][1]["name"] == "inquire_fee"

    def test_a_certain_intent_wins_over_an_open_question(self, bot: Bot) -> None:
        expects = {"default": "inform", "keep": [], "threshold": 0.6}
        answer = self.parse(bot, "补卡手续费多少", intent={"name": "greet"}, expects=expects)
        assert answer["intent"]["name"] == "greet"

    def test_what_nobody_understands_is_a_fallback_unless_a_question_is_open(self, bot: Bot) -> None:
        assert self.parse(bot, "。。。")["intent"]["name"] == "nlu_fallback"
        expects = {"default": "inform", "keep": ["nlu_fallback"], "threshold": 0.6}
        assert self.parse(bot, "。。。", expects=expects)["intent"]["name"] == "inform"

    def test_entities_become_slots_and_reach_the_actions(self, customer: Conversation, actions: FakeActions) -> None:
        customer.say(intent="inquire_fee", mood="upset")
        call = actions.calls[-1]
        assert call["tracker"]["slots"]["mood_gate"] == "upset"
        assert [(e["entity"], e["value"]) for e in call["tracker"]["latest_message"]["entities"]] == [
            ("mood_gate", "upset")
        ]


class TestSlash:
    """A customer can neither wipe nor steer the dialogue with what Rasa takes for orders."""

    ORDERS = (
        "/restart",
        "  /restart",
        "\u3000/restart",
        "\x1c/restart",
        "//restart",
        "/back",
        "/session_start",
        '/request_human{"mood_gate": "upset"}',
        "/affirm@1.0",
    )

    @pytest.mark.parametrize("text", ORDERS)
    def test_order_is_only_text(self, customer: Conversation, text: str) -> None:
        expects = {"default": "inform", "keep": [], "threshold": 0.6}
        customer.state = FACTS
        answer = customer.say(text, expects=expects)
        assert answer["intent"]["name"] == "inform"
        assert answer["state"]["loop"]["name"] == "facts_form"
        assert answer["state"]["slots"]["when"].startswith("／")

    @pytest.mark.parametrize("text", ORDERS)
    def test_order_is_not_an_intent_either(self, bot: Bot, text: str) -> None:
        ranking = bot.post({"text": text, "metadata": {}}, "parse").json()["ranking"]
        assert all(guess["confidence"] < 1 for guess in ranking)


class TestFailure:
    """Rasa carries on after a failed action; the channel does not, and says which failed."""

    def assert_failed(self, answer: dict[str, Any], name: str, state: Any) -> None:
        assert answer["failed"] == [name]
        assert answer["messages"] == []
        assert answer["state"] == state

    @pytest.mark.parametrize(
        "reply",
        [(500, {"error": "boom"}), (404, {"error": "no such action"}), (200, {"events": "nonsense"}), (200, b"<")],
    )
    def test_failed_action_ends_the_turn(
        self, customer: Conversation, actions: FakeActions, reply: tuple[int, Any]
    ) -> None:
        actions.handlers["action_thank_and_apologise"] = lambda call: reply
        answer = customer.say(intent="complain_marketing")
        self.assert_failed(answer, "action_thank_and_apologise", None)
        assert answer["actions"] == ["action_thank_and_apologise"]

    def test_failure_inside_a_form_names_the_action(self, customer: Conversation, actions: FakeActions) -> None:
        actions.handlers["validate_facts_form"] = lambda call: (500, {})
        customer.state = FACTS
        self.assert_failed(customer.say(intent="inform"), "validate_facts_form", FACTS)

    def test_failed_asking_names_the_asking_action(self, customer: Conversation, actions: FakeActions) -> None:
        actions.handlers["action_ask_facts_form_where"] = lambda call: (500, {})
        customer.state = FACTS
        self.assert_failed(customer.say(intent="inform"), "action_ask_facts_form_where", FACTS)

    def test_failure_while_a_form_opens_does_not_count_as_filled(
        self, customer: Conversation, actions: FakeActions
    ) -> None:
        actions.handlers["validate_facts_form"] = lambda call: (500, {})
        answer = customer.say(intent="complain_marketing")
        self.assert_failed(answer, "validate_facts_form", None)
        assert "validate_confirm_form" not in answer["actions"]

    def test_failed_registration_says_nothing(self, customer: Conversation, actions: FakeActions) -> None:
        actions.handlers["action_register"] = lambda call: (500, {})
        customer.say(intent="complain_marketing")
        customer.say("周五", intent="inform")
        before = customer.say("北门", intent="inform")["state"]
        self.assert_failed(customer.say(intent="affirm"), "action_register", before)

    def test_action_server_down(self, customer: Conversation) -> None:
        body = customer.body(intent="inquire_fee") | {"actions_url": "http://127.0.0.1:9/actions"}
        self.assert_failed(customer.bot.post(body).json(), "action_answer", None)

    def test_redirect_is_not_followed(self, customer: Conversation, actions: FakeActions) -> None:
        actions.handlers["action_answer"] = lambda call: (307, {})
        self.assert_failed(customer.say(intent="inquire_fee"), "action_answer", None)
        assert actions.names() == ["action_answer"]

    def test_rejection_is_not_a_failure(self, customer: Conversation) -> None:
        customer.state = FACTS
        answer = customer.say(intent="inquire_fee")
        assert answer["failed"] == []

    def test_endless_turn_is_a_failure(self, customer: Conversation, actions: FakeActions) -> None:
        follow_up = {"event": "followup", "name": "action_answer"}
        actions.handlers["action_answer"] = lambda call: ok(events=[follow_up], responses=[say("又一次")])
        answer = customer.say(intent="inquire_fee")
        assert answer["failed"] == ["action_limit"]
        assert answer["messages"] == []


class TestRefusals:
    def refused(self, customer: Conversation, error: str, **changes: Any) -> None:
        response = customer.bot.post(customer.body() | changes)
        assert response.status_code == 400
        assert response.json()["error"] == error
        assert isinstance(response.json()["detail"], str)

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/actions",
            "http://10.0.0.1:5055/actions",
            "http://0.0.0.0:5055/actions",
            "https://127.0.0.1/actions",
            "http://127.0.0.1.example.org/actions",
            "http://127.0.0.1@example.org/actions",
            "http://user@127.0.0.1/actions",
            "file:///etc/passwd",
            "http://[::1",
            "",
            None,
            5,
        ],
    )
    def test_actions_elsewhere(self, customer: Conversation, url: Any) -> None:
        self.refused(customer, "bad_actions_url", actions_url=url)

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"null", b"\xff"])
    def test_not_a_json_object(self, bot: Bot, content: bytes) -> None:
        for path in ("", "parse"):
            response = bot.client.post(bot.url + path, content=content)
            assert response.status_code == 400
            assert response.json()["error"] == "bad_json"

    @pytest.mark.parametrize("text", [None, "", "  ", 5, ["x"]])
    def test_no_text(self, customer: Conversation, text: Any) -> None:
        self.refused(customer, "bad_text", text=text)

    @pytest.mark.parametrize(
        "state",
        [
            {},
            [],
            {"version": 2},
            {"version": 1, "slots": []},
            {"version": 1, "turns": [{}]},
            {"version": 1, "turns": 5},
            {"version": 1, "loop": {"name": "facts_form"}},
            {"version": 1, "loop": "facts_form"},
        ],
    )
    def test_not_our_state(self, customer: Conversation, state: Any) -> None:
        self.refused(customer, "bad_state", state=state)

    @pytest.mark.parametrize(
        ("metadata", "error"),
        [
            ("x", "bad_metadata"),
            ({"entities": []}, "bad_metadata"),
            ({"intent": {"name": "restart"}}, "bad_intent"),
            ({"intent": {"name": "session_start"}}, "bad_intent"),
            ({"intent": {"name": "no_such_intent"}}, "bad_intent"),
            ({"intent": {"name": ["greet"]}}, "bad_intent"),
            ({"intent": "greet"}, "bad_intent"),
            ({"expects": {"default": "restart", "keep": [], "threshold": 0.6}}, "bad_expects"),
            ({"expects": {"default": "inform", "keep": ["nonsense"], "threshold": 0.6}}, "bad_expects"),
            ({"expects": {"default": "inform", "keep": [], "threshold": 6}}, "bad_expects"),
            ({"expects": {"keep": [], "threshold": 0.6}}, "bad_expects"),
            ({"expects": []}, "bad_expects"),
        ],
    )
    def test_metadata_that_means_nothing(self, customer: Conversation, metadata: Any, error: str) -> None:
        self.refused(customer, error, metadata=metadata)

    def test_other_doors_are_closed(self, bot: Bot) -> None:
        root = bot.url.removesuffix("/webhooks/turn/")
        for path in (
            "/webhooks/rest/webhook",
            "/model/parse",
            "/conversations/c1/tracker",
            "/conversations/c1/messages",
        ):
            assert bot.client.post(root + path, json={"text": "x", "message": "x"}).status_code == 404


SECRET = "绝不能进日志的话"


def test_nothing_a_customer_wrote_reaches_the_log(bot: Bot, actions: FakeActions) -> None:
    customer = Conversation(bot, actions)
    slots_and_text = ok(events=[slot("what", SECRET)], responses=[say(SECRET)])
    actions.handlers["action_answer"] = lambda call: slots_and_text
    customer.say(SECRET, intent="inquire_fee")
    customer.say(f"/{SECRET}{{", intent="inquire_fee")
    for broken in ((500, {"error": SECRET}), (200, {"events": SECRET}), (400, {"message": SECRET})):
        actions.handlers["action_answer"] = lambda call, reply=broken: reply
        assert customer.say(SECRET, intent="inquire_fee")["failed"]
    actions.handlers["validate_facts_form"] = lambda call: (400, {"action_name": "x", "error": SECRET})
    customer.state = FACTS
    customer.say(SECRET, intent="inquire_transfer")
    for changes in ({"state": {"version": SECRET}}, {"metadata": {"intent": {"name": SECRET}}}):
        assert SECRET not in bot.post(customer.body(SECRET) | changes).text
    assert SECRET not in bot.logged()
    assert "Action action_answer failed" in bot.logged()
