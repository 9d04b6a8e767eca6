"""The input channel of the bot: one stateless turn a request (docs/architecture.md).

    POST /webhooks/turn/        answer one message
    POST /webhooks/turn/parse   intent and ranking only
    GET  /webhooks/turn/        ready, and with which model

Refusals are 400 with `error` (a stable code) and `detail`. No text and no metadata is logged or repeated in an error.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import USER_INTENT_BACK, USER_INTENT_RESTART, USER_INTENT_SESSION_START
from rasa.shared.core.domain import Domain
from sanic import Blueprint, Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request as HttpRequest
from sanic.response import HTTPResponse

from bot import action_schema, logs, turn
from bot.state import StateError

logger = logging.getLogger(__name__)

# Intents with which a caller would wipe a conversation instead of answering it.
STEERING = {USER_INTENT_BACK, USER_INTENT_RESTART, USER_INTENT_SESSION_START}

Json = dict[str, Any]
Handler = Callable[[HttpRequest], Coroutine[Any, Any, HTTPResponse]]


class BadRequest(Exception):
    """The caller's mistake, told with a stable code."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(error)
        self.error = error
        self.detail = detail


class TurnInput(InputChannel):
    """Registered in bot/credentials.yml, which also holds its settings."""

    def __init__(self, settings: turn.Settings) -> None:
        self.settings = settings

    @classmethod
    def name(cls) -> str:
        """Also the path below /webhooks/."""
        return turn.CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Json | None) -> TurnInput:
        """Settings from bot/credentials.yml."""
        action_schema.check_once()
        return cls(turn.Settings(**(credentials or {})))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The three routes; Rasa's own way of handling a message is not used."""
        blueprint = Blueprint("turn_channel", turn.CHANNEL)
        blueprint.add_route(_answering(_health), "/", methods=["GET"])
        blueprint.add_route(_answering(self._turn), "/", methods=["POST"])
        blueprint.add_route(_answering(_parse), "/parse", methods=["POST"])
        blueprint.listener("after_server_start")(_settle_in)
        return blueprint

    async def _turn(self, request: HttpRequest) -> Json:
        processor, body = _processor(request.app), _body(request)
        asked = turn.Request(
            text=_text(body),
            metadata=_metadata(body, processor.domain),
            state=_state(body),
            actions_url=_loopback(body.get("actions_url")),
        )
        try:
            return await turn.run(processor, asked, self.settings)
        except StateError as error:
            raise BadRequest("bad_state", str(error)) from error


async def _health(request: HttpRequest) -> Json:
    return {"status": "ok", "model": _processor(request.app).model_filename}


async def _parse(request: HttpRequest) -> Json:
    processor, body = _processor(request.app), _body(request)
    metadata = _metadata(body, processor.domain)
    return turn.understood(await turn.parse(processor, _text(body), metadata))


def _answering(handler: Callable[[HttpRequest], Awaitable[Json]]) -> Handler:
    async def answer(request: HttpRequest) -> HTTPResponse:
        try:
            return response.json(await handler(request))
        except BadRequest as error:
            return response.json({"error": error.error, "detail": error.detail}, 400)
        except SanicException:
            raise
        except Exception as error:
            logger.error("Turn failed: %s", logs.origin(error))
            return response.json({"error": "turn_failed", "detail": type(error).__name__}, 500)

    answer.__name__ = handler.__name__
    return answer


async def _settle_in(app: Sanic, _loop: object) -> None:
    # jieba reads its dictionary (a second) on the first text, which should not be a customer's.
    if getattr(app.ctx, "agent", None) and app.ctx.agent.is_ready():
        await turn.parse(app.ctx.agent.processor, "您好", {})
    logs.silence()


def _processor(app: Sanic) -> MessageProcessor:
    agent = getattr(app.ctx, "agent", None)
    if agent is None or agent.processor is None:
        raise SanicException("no model", status_code=503)
    processor: MessageProcessor = agent.processor
    return processor


def _body(request: HttpRequest) -> Json:
    try:
        body = request.json
    except SanicException as error:
        raise BadRequest("bad_json", "the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadRequest("bad_json", "the body is not a JSON object")
    return body


def _text(body: Json) -> str:
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("bad_text", "text must be a string with something in it")
    return text


def _state(body: Json) -> Json | None:
    state = body.get("state")
    if state is not None and not isinstance(state, dict):
        raise BadRequest("bad_state", "state must be an object or null")
    return state


def _metadata(body: Json, domain: Domain) -> Json:
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict) or not isinstance(metadata.get("entities"), dict | None):
        raise BadRequest("bad_metadata", "metadata must be an object, and its entities an object or null")
    allowed = set(domain.intents) - STEERING
    intent, expects = metadata.get("intent"), metadata.get("expects")
    if intent is not None and not (isinstance(intent, dict) and _is_name(intent.get("name"), allowed)):
        raise BadRequest("bad_intent", "metadata.intent must be null or name an intent of the domain")
    if expects is not None and not _is_expectation(expects, allowed):
        raise BadRequest("bad_expects", "metadata.expects must be null or {default, keep, threshold} of known intents")
    return metadata


def _is_name(name: object, allowed: set[str]) -> bool:
    return isinstance(name, str) and name in allowed


def _is_expectation(expects: object, allowed: set[str]) -> bool:
    if not isinstance(expects, dict) or not isinstance(expects.get("keep"), list):
        return False
    known = all(_is_name(name, allowed) for name in (expects.get("default"), *expects["keep"]))
    threshold = expects.get("threshold")
    return known and isinstance(threshold, int | float) and 0 <= threshold <= 1


def _loopback(url: object) -> str:
    """The address of the custom actions, only if it is on this machine."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        here = parts is not None and parts.scheme == "http" and not parts.username and _is_loopback(parts.hostname)
    except ValueError:
        here = False
    if not here:
        raise BadRequest("bad_actions_url", "actions_url must be http and on a loopback address")
    return str(url)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    return host is not None and ipaddress.ip_address(host).is_loopback
