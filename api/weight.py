"""Bodies have a limit before anybody reads them."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import body


class LimitBody:
    """Refuse a request body over `most` bytes with 413, also when it does not say its length."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = next((value for key, value in scope["headers"] if key == b"content-length"), b"0")
        if told.isdigit() and int(told) > self._most:
            await self._refuse(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise TooHeavy
            return message

        try:
            await self._app(scope, counted, send)
        except TooHeavy:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = body("too_large", "内容太长了，请分几条发，我会连起来看。", 413)
        await response(scope, receive, send)


class TooHeavy(Exception):
    """The body went over the limit while it was being read."""
