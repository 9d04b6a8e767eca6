"""How long a turn takes through the chat API, beside the same model's own REST webhook, in one run, against the bound.

    .venv/bin/python tests/benchmarks/bench_turns.py [--turns 200]

The bound: p50 of a whole turn ≤ p50 of the model's REST webhook + p50 of reading + 15 ms. Both kinds of turns are taken in
alternating blocks, so that a neighbour's work on the machine falls on both. Starts a bot with both channels and an api on free
ports with a temporary database; joining waits are excluded because every message is a finished sentence, and told beside it.
Not a test: timings depend on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from api.setup.training import bot_environment, ensure_model, rasa
from api.supervisor.ports import free_port
from desk.db import upgrade
from desk.policy.schemas import policy
from desk.reading.service import Reader
from desk.settings import ROOT

ALLOWED_S = 0.015
"""What a turn may cost besides the bot and the reading."""
BLOCK = 40
"""Turns of one conversation, and of one kind before the other kind has its turn."""
GREETING = "你好，请问有人吗？"
ENQUIRY = "跨行转账要收手续费吗？"


def percentiles(seconds: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=20)
    return f"p50 {statistics.median(seconds) * 1000:6.1f} ms   p95 {cuts[-1] * 1000:6.1f} ms"


def resident(pid: int) -> int:
    """Resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024
    return 0


def started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A quiet child process."""
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def wait_for(url: str, seconds: float = 180) -> None:
    """Until `url` answers 200."""
    until = time.monotonic() + seconds
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < until:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
    raise SystemExit(f"{url} did not come up")


async def chat_turns(base: str, text: str, turns: int) -> list[float]:
    """Seconds from sending a message to having fetched the reply."""
    taken = []
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as client:
        for n in range(turns):
            if n % BLOCK == 0:
                opened = (await client.post("/api/chat/sessions", json={})).json()
                headers, seq = {"Authorization": f"Bearer {opened['token']}"}, 0
            begun = time.perf_counter()
            sent = await client.post("/api/chat/messages", json={"client_id": f"c{n}", "text": text}, headers=headers)
            seq = sent.json()["seq"]
            while True:
                thread = (await client.get(f"/api/chat/messages?after={seq}&wait=10", headers=headers)).json()
                if thread["messages"]:
                    break
            taken.append(time.perf_counter() - begun)
            seq = thread["last_seq"]
    return taken


async def rest_turns(base: str, text: str, turns: int) -> list[float]:
    """Seconds of Rasa's own REST webhook for the same text, a fresh sender every block as above."""
    run = secrets.token_hex(4)
    taken = []
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as client:
        for n in range(turns):
            begun = time.perf_counter()
            await client.post("/webhooks/rest/webhook", json={"sender": f"{run}-{n // BLOCK}", "message": text})
            taken.append(time.perf_counter() - begun)
    return taken


async def measure(turns: int) -> None:
    """One run."""
    model = ensure_model(ROOT)
    bot_port, api_port, actions_port = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        credentials = Path(folder) / "credentials.yml"
        text = (ROOT / "bot" / "credentials.yml").read_text(encoding="utf-8")
        credentials.write_text(text + "\nrest:\n", encoding="utf-8")
        environment = {
            **os.environ,
            "SANBIAN_VAR_DIR": folder,
            "SANBIAN_PORT": str(api_port),
            "SANBIAN_ACTIONS_PORT": str(actions_port),
            "SANBIAN_BOT_URL": f"http://127.0.0.1:{bot_port}",
            "SANBIAN_MESSAGE_RATE_PER_MINUTE": "100000",
            "SANBIAN_SESSION_RATE_PER_MINUTE": "100000",
        }
        await asyncio.to_thread(upgrade, f"sqlite+aiosqlite:///{folder}/sanbian.db")
        command = rasa(ROOT, "run", "-i", "127.0.0.1", "-p", str(bot_port), "--model", str(model))
        channels = ["--credentials", str(credentials), "--endpoints", "bot/endpoints.yml"]
        bot = started([*command, *channels], bot_environment(ROOT))
        api = started([sys.executable, "-m", "api.serve"], environment)
        try:
            await wait_for(f"http://127.0.0.1:{bot_port}/webhooks/turn/")
            await wait_for(f"http://127.0.0.1:{api_port}/healthz")
            chat, rest = f"http://127.0.0.1:{api_port}", f"http://127.0.0.1:{bot_port}"
            await chat_turns(chat, ENQUIRY, 5)
            await rest_turns(rest, GREETING, 5)
            ours: list[float] = []
            plain: list[float] = []
            for begun in range(0, turns, BLOCK):
                ours += await chat_turns(chat, GREETING, min(BLOCK, turns - begun))
                plain += await rest_turns(rest, GREETING, min(BLOCK, turns - begun))
            reading = read_alone()
            answers = await chat_turns(chat, ENQUIRY, turns)
            print(f"greeting through the chat API      {percentiles(ours)}")
            print(f"greeting through Rasa's own REST   {percentiles(plain)}")
            print(f"reading alone                      {percentiles(reading)}")
            print(bound(ours, plain, reading))
            print(f"enquiry with a knowledge answer    {percentiles(answers)}")
            print(f"memory: bot {resident(bot.pid)} MB, api {resident(api.pid)} MB")
        finally:
            for process in (api, bot):
                process.terminate()
            for process in (api, bot):
                process.wait(timeout=20)


def bound(ours: list[float], plain: list[float], reading: list[float]) -> str:
    """The promise in one line: what is allowed, what it took, and whether that holds."""
    rest, read, turn = (statistics.median(seconds) for seconds in (plain, reading, ours))
    allowed = rest + read + ALLOWED_S
    joining = policy().dialogue.join
    return (
        f"REST p50 + reading p50 + {ALLOWED_S * 1000:.0f} ms = {allowed * 1000:.1f} ms; turn p50 = {turn * 1000:.1f} ms: "
        f"{'holds' if turn <= allowed else 'MISSED'} (turn / allowed {turn / allowed:.2f})\n"
        f"joining, not counted: a finished sentence 0 s, a fragment {joining.fragment_s:g} s, {joining.most_s:g} s at most"
    )


def read_alone() -> list[float]:
    """Seconds of reading a message, without anything around it."""
    from desk.clock import SystemClock

    reader, now = Reader(), SystemClock().now()
    taken = []
    for _ in range(200):
        begun = time.perf_counter()
        reader.read(GREETING, now=now)
        taken.append(time.perf_counter() - begun)
    return taken


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--turns", type=int, default=200)
    asyncio.run(measure(arguments.parse_args().turns))
