"""The custom actions' own listener: loopback only, and only for the attempt in progress.

The one-time token travels through Rasa in the message's metadata, so nobody outside can forge an action.
"""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from actions.base import Work, work
from actions.registry import make_executor
from desk.conversations.service import hash_token

log = structlog.get_logger()


def make_actions_app(attempts: dict[str, Work]) -> FastAPI:
    """The app that Rasa calls; `attempts` are the ones in flight, by token hash."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    executor = make_executor()

    @app.post("/actions")
    async def run_action(request: Request) -> JSONResponse:
        try:
            call: dict[str, Any] = await request.json()
            token = str(call["tracker"]["latest_message"]["metadata"]["token"])
        except (ValueError, LookupError, TypeError):
            return JSONResponse({"error": "no token"}, status_code=403)
        here = attempts.get(hash_token(token))
        if here is None:
            return JSONResponse({"error": "no such turn"}, status_code=403)
        return await _run(executor, here, call)

    return app


async def _run(executor: ActionExecutor, here: Work, call: dict[str, Any]) -> JSONResponse:
    call.setdefault("domain", {})
    name = str(call.get("next_action"))
    mark = work.set(here)
    try:
        result = await executor.run(call)
    except ActionExecutionRejection as rejection:
        return JSONResponse({"error": str(rejection), "action_name": rejection.action_name}, status_code=400)
    except ActionNotFoundException as missing:
        here.draft.failed.append(name)
        return JSONResponse({"error": str(missing), "action_name": missing.action_name}, status_code=404)
    except Exception:
        # Rasa would carry on as if nothing had happened; the turn runner will not (architecture.md, 9).
        here.draft.failed.append(name)
        log.exception("action_failed", action=name, turn=here.draft.turn_id)
        return JSONResponse({"error": "action failed", "action_name": name}, status_code=500)
    finally:
        work.reset(mark)
    return JSONResponse(result.model_dump() if result is not None else {"events": [], "responses": []})
