"""`python -m api.serve`: the public listener, and the actions' listener on loopback, in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import structlog
import uvicorn

from api.actions.endpoint import make_actions_app
from api.app import make_api, with_sockets
from api.core import Core, make_core
from api.log import configure_logging
from desk.settings import settings

log = structlog.get_logger()


class Server(uvicorn.Server):
    """Signals are handled once, for both listeners."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Leave the signals to `main`."""
        yield


async def main() -> None:
    """Serve until told to stop."""
    here = settings()
    configure_logging()
    core = make_core(here)
    public = Server(
        uvicorn.Config(
            with_sockets(make_api(core), core),
            host=here.host,
            port=here.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=3,
        )
    )
    actions = Server(
        uvicorn.Config(
            make_actions_app(core.runner.attempts),
            host="127.0.0.1",
            port=here.actions_port,
            log_config=None,
            access_log=False,
        )
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, _stop, core, public, actions)
    await asyncio.gather(public.serve(), actions.serve())


def _stop(core: Core, *servers: uvicorn.Server) -> None:
    core.close()
    for server in servers:
        server.should_exit = True


if __name__ == "__main__":
    # uvicorn chooses the fastest event loop there is (uvloop), but only for whom it starts itself.
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(main())
