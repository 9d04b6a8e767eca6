"""A small action server for tests: it speaks Rasa's webhook protocol and plays the part the api plays in the product."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
Reply = tuple[int, Any]
Handler = Callable[[Json], Reply]

FACTS = ["what", "when", "where"]


def slot(name: str, value: Any) -> Json:
    return {"event": "slot", "name": name, "value": value}


def say(text: str, **more: Any) -> Json:
    return {"text": text, **more}


def ok(*, events: list[Json] | None = None, responses: list[Json] | None = None) -> Reply:
    return 200, {"events": events or [], "responses": responses or []}


def since_message(call: Json) -> list[Json]:
    """The events after the message being answered."""
    events = call["tracker"]["events"]
    last = max(index for index, event in enumerate(events) if event["event"] == "user")
    return events[last + 1 :]


def opens(call: Json, form: str) -> bool:
    """Whether the form opens in this turn, so that the message was not meant for its item."""
    return any(e["event"] == "active_loop" and e["name"] == form for e in since_message(call))


def returns(call: Json, form: str) -> bool:
    """Whether the form refused this message already and, the digression answered, only wants to know what to ask."""
    return any(e["event"] == "action_execution_rejected" and e["name"] == form for e in since_message(call))


def rejection(call: Json) -> Reply:
    return 400, {"action_name": call["next_action"], "error": "digression"}


def latest(call: Json) -> Json:
    message: Json = call["tracker"]["latest_message"]
    return message


def intent(call: Json) -> str:
    return str(latest(call)["intent"]["name"])


class FakeActions:
    """Default behaviour of every action; a test overrides one by name in `handlers`."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Json] = []
        self.handlers: dict[str, Handler] = {}

    def reset(self) -> None:
        self.calls.clear()
        self.handlers.clear()

    def names(self) -> list[str]:
        return [call["next_action"] for call in self.calls]

    def answer(self, call: Json) -> Reply:
        self.calls.append(call)
        name = call["next_action"]
        handler = self.handlers.get(name) or getattr(self, name, None)
        return handler(call) if handler else ok(responses=[say(f"<{name}>")])

    # the few actions that move the dialogue

    def action_thank_and_apologise(self, call: Json) -> Reply:
        stage = "soothe" if call["tracker"]["slots"]["mood_gate"] == "upset" else "facts"
        return ok(events=[slot("stage", stage)], responses=[say("<thanks, sorry>")])

    def action_hear(self, call: Json) -> Reply:
        stage = "soothe" if call["tracker"]["slots"]["mood_gate"] == "upset" else "facts"
        return ok(events=[slot("stage", stage)], responses=[say("<heard>")])

    def validate_facts_form(self, call: Json) -> Reply:
        opening, back = opens(call, "facts_form"), returns(call, "facts_form")
        tracker = call["tracker"]
        if not (opening or back) and intent(call) in call["domain"]["forms"]["facts_form"]["ignored_intents"]:
            return rejection(call)
        known = {name: tracker["slots"][name] for name in FACTS}
        if opening:
            known["what"] = known["what"] or latest(call)["text"]
        elif not back:
            known[tracker["slots"]["requested_slot"]] = latest(call)["text"]
        following = next((name for name, value in known.items() if value is None), None)
        events = [slot(name, value) for name, value in known.items()]
        return ok(events=[*events, slot("requested_slot", following)])

    def validate_confirm_form(self, call: Json) -> Reply:
        if opens(call, "confirm_form") or returns(call, "confirm_form"):
            return ok(events=[slot("confirmation", None), slot("requested_slot", "confirmation")])
        if intent(call) in call["domain"]["forms"]["confirm_form"]["ignored_intents"]:
            return rejection(call)
        if intent(call) == "affirm":
            return ok(events=[slot("confirmation", "yes"), slot("requested_slot", None)])
        return ok(events=[slot("confirmation", None), slot("requested_slot", "confirmation")])

    def action_register(self, call: Json) -> Reply:
        return ok(events=[slot("stage", "registered")], responses=[say("<registered>")])

    def action_keep_draft(self, call: Json) -> Reply:
        return ok(events=[slot("stage", "open")], responses=[say("<kept>")])

    def action_resume_draft(self, call: Json) -> Reply:
        return ok(events=[slot("stage", "facts")], responses=[say("<resumed>")])


@contextmanager
def serving(actions: FakeActions) -> Iterator[FakeActions]:
    """Serve `actions` on a free loopback port."""

    class RequestHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = actions.answer(call)
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            if status in range(300, 400):
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), RequestHandler)
    actions.url = f"http://127.0.0.1:{server.server_port}/actions"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield actions
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
