"""Every error body is `{error, detail}`, whatever went wrong."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from desk.errors import Conflict, DeskError, TooMany

log = structlog.get_logger()
PLAIN = {
    404: ("not_found", "没有这个地址。"),
    405: ("method_not_allowed", "不支持这种请求方式。"),
    413: ("too_large", "内容太长了，请分几条发，我会连起来看。"),
}


def body(error: str, detail: str, status: int, headers: dict[str, str] | None = None, **extra: object) -> JSONResponse:
    """One shape for all errors."""
    return JSONResponse({"error": error, "detail": detail, **extra}, status_code=status, headers=headers)


def plain_error(error: HTTPException) -> JSONResponse:
    """What the framework refuses, in our words."""
    code, detail = PLAIN.get(error.status_code, ("http_error", str(error.detail)))
    return body(code, detail, error.status_code, dict(error.headers or {}))


def install(app: FastAPI) -> None:
    """Teach the app how to say what went wrong. Never the input: it may hold a secret."""

    @app.exception_handler(DeskError)
    async def desk_error(_: Request, error: DeskError) -> JSONResponse:
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else None
        return body(error.code, error.detail, error.status, headers, **error.extra)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        where = "; ".join(".".join(map(str, problem["loc"])) + ": " + problem["msg"] for problem in error.errors()[:3])
        return body("malformed", f"请求格式不对：{where}", 422)

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> JSONResponse:
        return plain_error(error)

    @app.exception_handler(OperationalError)
    @app.exception_handler(NoConnection)
    async def database_down(request: Request, error: OperationalError | NoConnection) -> JSONResponse:
        log.error("database_unavailable", path=request.url.path, why=type(getattr(error, "orig", error)).__name__)
        return body("unavailable", "系统暂时写不进数据，消息还没有收到，请稍后再发一次。", 503, {"Retry-After": "5"})

    @app.exception_handler(DataError)
    async def unstorable(request: Request, _: DataError) -> JSONResponse:
        # PostgreSQL knows no NUL and no number beyond its column; nothing of that name can be there.
        if "\x00" in request.url.path or request.method in ("GET", "HEAD"):
            return body(*PLAIN[404], 404)
        return body("invalid", "内容里有不能保存的字符或数字，请改一下再试。", 422)

    @app.exception_handler(StaleDataError)
    async def too_late(_: Request, __: StaleDataError) -> JSONResponse:
        return body(Conflict.code, "刚刚有别人改过，请刷新后再试。", Conflict.status)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("unexpected_error", path=request.url.path, exc_info=error)
        return body("internal", "我们这边出了问题，已经记录下来，请稍后再试。", 500)
