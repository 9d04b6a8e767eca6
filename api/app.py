"""The api: chat, desk, pages, health. One process also runs the worker and the actions' listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import socketio
import structlog
from fastapi import FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api import errors
from api.agents.routes import make_router as make_desk_router
from api.chat.routes import make_router as make_chat_router
from api.core import Core, load_knowledge, make_core
from api.sockets import make_sockets
from api.turns.due_daily import plan_looks
from api.weight import LimitBody
from desk.settings import ROOT, settings

log = structlog.get_logger()
WEB = ROOT / "web"


def make_api(core: Core, *, run_worker: bool = True) -> FastAPI:
    """The FastAPI app over `core`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await load_knowledge(core)
        async with core.database.transaction() as session:
            await plan_looks(session, core.policy, core.clock.now())
        task = asyncio.create_task(core.worker.run()) if run_worker else None
        yield
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await core.worker.stop()
        await core.database.close()

    app = FastAPI(title="Sanbian 三变", version="0.1.0", lifespan=lifespan, docs_url="/api/docs", redoc_url=None)
    app.state.core = core
    errors.install(app)
    app.add_middleware(LimitBody, most=256_000)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(core.settings.widget_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
    )
    app.include_router(make_chat_router(core))
    app.include_router(make_desk_router(core))
    add_health(app, core)
    add_pages(app)
    return app


def add_health(app: FastAPI, core: Core) -> None:
    """`/healthz` means alive; `/readyz` means the database answers – the bot may be away, the queue is not."""

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz(response: Response) -> dict[str, str]:
        database = "ok"
        try:
            async with core.database.snapshot() as session:
                await session.execute(text("select 1"))
        except SQLAlchemyError:
            database = "down"
            response.status_code = 503
        return {"database": database, "bot": await core.bot.state()}


def add_pages(app: FastAPI) -> None:
    """The demo bank page, the widget and the desk's console, as built by `sanbian build-web`."""

    def page(path: str, file: Path, media: str) -> None:
        @app.get(path, include_in_schema=False)
        async def serve() -> FileResponse:
            return FileResponse(file, media_type=media, headers={"Cache-Control": "no-cache"})

    page("/", WEB / "demo" / "index.html", "text/html")
    page("/privacy", WEB / "demo" / "privacy.html", "text/html")
    page("/widget.js", WEB / "widget" / "dist" / "widget.js", "text/javascript")
    console = WEB / "console" / "dist"
    app.mount("/desk/assets", StaticFiles(directory=console / "assets", check_dir=False), name="desk-assets")
    page("/desk", console / "index.html", "text/html")
    page("/desk/{rest:path}", console / "index.html", "text/html")


def with_sockets(app: FastAPI, core: Core) -> socketio.ASGIApp:
    """The whole thing: HTTP and Socket.IO on one port."""
    return socketio.ASGIApp(make_sockets(core), other_asgi_app=app)


def create_app() -> socketio.ASGIApp:
    """The app of this installation, for any ASGI server. The actions' listener is started by `api.serve`."""
    core = make_core(settings())
    return with_sockets(make_api(core), core)
