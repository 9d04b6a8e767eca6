"""Asking local processes whether they are there. Proxies of the environment are never used: all of this is our own machine."""

from __future__ import annotations

from typing import Any

import httpx

TURN = "/webhooks/turn/"
"""The bot answers a GET here with `{"status", "model"}` (docs/architecture.md)."""


async def fetch_json(url: str, timeout_s: float = 5.0) -> dict[str, Any]:
    """The JSON object found at `url` with whatever status; empty when there is none."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=timeout_s) as client:
            body = (await client.get(url)).json()
    except (httpx.HTTPError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


async def bot_answers(address: str) -> bool:
    """Whether the bot at `address` answers and has a model."""
    return (await fetch_json(address + TURN)).get("status") == "ok"


def model_of(address: str, timeout_s: float = 3.0) -> str | None:
    """File name of the model that the bot at `address` serves; None when no bot answers there."""
    try:
        body = httpx.get(address + TURN, timeout=timeout_s, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return None
    model = body.get("model") if isinstance(body, dict) else None
    return str(model) if model else None
