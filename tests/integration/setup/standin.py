"""Small stand-ins for api and bot, and `sanbian run`'s supervisor over them. Run as a program by the tests.

standin.py serve PORT [stubborn|broken]                          answers like api and bot / ignores SIGTERM / ends at once
standin.py supervise FOLDER API_PORT BOT_PORT [BOT_MODE API_MODE]
"""

import json
import os
import signal
import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Answers(BaseHTTPRequestHandler):
    """`/readyz`, `/webhooks/turn/` and the process id, all in one."""

    probed = False

    def do_GET(self) -> None:
        Answers.probed |= self.path == "/webhooks/turn/"
        state = {"status": "ok", "database": "ok", "bot": "ok", "model": "m.tar.gz"}
        body = json.dumps({**state, "pid": os.getpid(), "probed": self.probed}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def serve(port: int, mode: str = "") -> None:
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode == "broken":
        sys.exit("no such table")
    print("serving", port, flush=True)
    HTTPServer(("127.0.0.1", port), Answers).serve_forever()


def supervise(folder: Path, api_port: int, bot_port: int, bot_mode: str = "", api_mode: str = "") -> None:
    from api.supervisor.child import Spec
    from api.supervisor.probe import bot_answers
    from api.supervisor.service import Service

    def spec(name: str, port: int, mode: str, **more: object) -> Spec:
        command = [sys.executable, __file__, "serve", str(port), mode]
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        return Spec(name=name, command=command, cwd=folder, env=env, log=folder / f"{name}.log", grace_s=1, **more)  # type: ignore[arg-type]

    probe = partial(bot_answers, f"http://127.0.0.1:{bot_port}")
    specs = [
        spec("bot", bot_port, bot_mode, probe=probe, probe_every_s=0.2, hung_after_s=1, starting_s=15),
        spec("api", api_port, api_mode),
    ]
    say = partial(print, flush=True)
    Service(specs, f"http://127.0.0.1:{api_port}/readyz", say, lambda _: say("READY")).run()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), *sys.argv[3:])
    else:
        supervise(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
