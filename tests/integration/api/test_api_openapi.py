"""No endpoint answers 500 to generated input, and every refusal has the same shape (promise 11)."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
import schemathesis
from api_world import Agent, Customer, World
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

EXAMPLES = 25
HEADERS = {"content-type", "authorization", "x-csrf-token", "cookie"}


def operations(world: World) -> list[Any]:
    schema = schemathesis.openapi.from_dict(world.app.openapi())
    return [result.ok() for result in schema.get_all_operations()]


def check(response: Any, what: str) -> None:
    assert response.status_code < 500, f"{what}: {response.status_code} {response.text[:300]}"
    if response.status_code >= 400:
        body = response.json()
        assert isinstance(body["error"], str), what
        assert isinstance(body["detail"], str), what


async def test_every_endpoint_is_described(world: World) -> None:
    paths = world.app.openapi()["paths"]
    for path in (
        "/api/chat/sessions",
        "/api/chat/messages",
        "/api/desk/sign-in",
        "/api/desk/conversations",
        "/api/desk/conversations/{conversation_id}/take",
        "/api/desk/conversations/{conversation_id}/messages",
        "/api/desk/conversations/{conversation_id}/return",
        "/api/desk/conversations/{conversation_id}/transfer",
        "/api/desk/conversations/{conversation_id}/close",
        "/api/desk/tickets/{number}/decide",
        "/healthz",
        "/readyz",
    ):
        assert path in paths


async def test_generated_calls(world: World) -> None:
    """Bodies, paths and queries made from the schema and from what breaks it; as a customer and as a colleague."""
    customer, agent = await world.customer(), await world.agent()
    number = await world.complain(customer)
    loop = asyncio.get_running_loop()

    def call(case: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(send(case), loop).result(60)

    async def send(case: Any) -> Any:
        kwargs = case.as_transport_kwargs(base_url="http://bank.example")
        kwargs.pop("cookies", None)
        kwargs["headers"] = {k: v for k, v in dict(kwargs.get("headers") or {}).items() if k.lower() in HEADERS}
        client, headers = caller(case.operation.path)
        request = client.build_request(
            kwargs["method"],
            kwargs["url"],
            params=kwargs.get("params"),
            json=kwargs.get("json"),
            content=kwargs.get("data") if isinstance(kwargs.get("data"), bytes) else None,
            headers={**kwargs["headers"], **headers},
        )
        return await client.send(request)

    def caller(path: str) -> tuple[Any, dict[str, str]]:
        world.clock.advance(timedelta(seconds=10))
        if path.startswith("/api/desk"):
            return agent.client, agent.csrf if agent.client.cookies.get("sanbian_csrf") else {}
        return customer.client, customer.headers

    def run_all() -> None:
        for operation in operations(world):
            if operation.path in ("/api/desk/sign-out",):
                continue
            known = {"conversation_id": customer.id, "number": number}
            for strategy in (
                operation.as_strategy(),
                operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
            ):
                run_one(operation, strategy, known)

    def run_one(operation: Any, strategy: Any, known: dict[str, str]) -> None:
        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @hypothesis.given(case=strategy, real=st.booleans())
        def one(case: Any, real: bool) -> None:
            if real and case.path_parameters:
                case.path_parameters = {key: known.get(key, value) for key, value in case.path_parameters.items()}
            check(call(case), f"{operation.method.upper()} {operation.path} {case.path_parameters} {case.body!r}")

        # Where nothing can be sent, nothing wrong can be sent.
        with contextlib.suppress(Unsatisfiable):
            one()

    await asyncio.to_thread(run_all)
    # After all of it the house still stands.
    assert (await customer.fetch())["last_seq"] >= 2
    await world.core.worker.tick()


TEXTS = st.text(max_size=40) | st.sampled_from(
    ["/restart", "１２３", "\x00", "\u202e", "💣", "' or 1=1", "{{7*7}}", "%s", "𝟙"]
)


@pytest.mark.parametrize("endpoint", ["chat", "desk"])
async def test_generated_words(world: World, endpoint: str) -> None:
    """Any text at all, also as an answer to what was asked: stored or refused, answered, never an error of ours."""
    customer, agent = await world.customer(), await world.agent()
    loop = asyncio.get_running_loop()
    if endpoint == "desk":
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)

    async def send(text: str, n: int) -> None:
        if endpoint == "desk":
            response = await agent.post(f"conversations/{customer.id}/messages", {"client_id": f"g{n}", "text": text})
        else:
            response = await customer.post(text, client_id=f"g{n}")
            await world.tick(seconds=5)
        check(response, repr(text))

    count = iter(range(10**6))

    @hypothesis.settings(
        max_examples=120, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(text=TEXTS)
    def one(text: str) -> None:
        asyncio.run_coroutine_threadsafe(send(text, next(count)), loop).result(60)

    await asyncio.to_thread(one)
    await assert_gapless(world, customer, agent)


async def assert_gapless(world: World, customer: Customer, agent: Agent) -> None:
    """What the customer sees is what the desk sees, without holes."""
    seen: list[dict[str, Any]] = []
    while True:
        page = (await customer.fetch(after=seen[-1]["seq"] if seen else 0))["messages"]
        if not page:
            break
        seen += page
    assert [m["seq"] for m in seen] == list(range(1, len(seen) + 1))
    client = await world.agent("0199") if agent.client.cookies.get("sanbian_session") is None else agent
    at_desk = (await client.view(customer.id))["messages"]
    assert [(m["seq"], m["text"]) for m in at_desk] == [(m["seq"], m["text"]) for m in seen]
