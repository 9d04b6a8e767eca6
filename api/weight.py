"""Bodies have a limit before anybody reads them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import plain_error


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
            await plain_error(TooHeavy())(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise TooHeavy
            return message

        await self._app(scope, counted, send)


class TooHeavy(HTTPException):
    """The body went over the limit while it was being read. FastAPI lets only HTTP errors through there."""

    def __init__(self) -> None:
        super().__init__(413)
