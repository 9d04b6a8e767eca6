"""How long reading one message and understanding it takes, beside Rasa's own parser alone, in one run, as a ratio.

    .venv/bin/python tests/benchmarks/bench_reading.py [--turns 100]

Reading is everything `api.reading` does for a line: redaction, the readers, and the bot's opinion over HTTP. The plain part
it stands on is Rasa's `/model/parse` of the same texts and the same process. Issue 3 asks for p95 ≤ 40 ms on two cores. Not
a test: timings depend on the machine, so run it while nothing else does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from bench_turns import ENQUIRY, GREETING, percentiles, resident, started, wait_for

from api.core import all_intents
from api.reading.service import Asked, Batch
from api.setup.training import bot_environment, ensure_model, rasa
from api.supervisor.ports import free_port
from desk.clock import SystemClock
from desk.policy.schemas import policy
from desk.reading.model_text import model_text
from desk.reading.service import Reader
from desk.settings import ROOT

COMPLAINT = "上个月15号在城南支行办卡,柜员说免年费,结果这个月账单扣了我200元,打客服又说没有记录,要求退费并且给个说法"
STORY = "。".join((COMPLAINT, "打了三次电话每次都让等,说两个工作日回复,到今天快三个星期了也没有人找我" * 4))
"""About 230 characters; the longest tenth of real messages begins at 289."""
MESSAGES = {"greeting": GREETING, "enquiry": ENQUIRY, "complaint": COMPLAINT, "story": STORY}


async def timed(once: Callable[[], Awaitable[object]], turns: int) -> list[float]:
    """Seconds of each call, after a few that warm up."""
    taken = []
    for turn in range(turns + 5):
        begun = time.perf_counter()
        await once()
        if turn >= 5:
            taken.append(time.perf_counter() - begun)
    return taken


async def measure(turns: int) -> None:
    """One run."""
    model, port, reader = ensure_model(ROOT), free_port(), Reader()
    with tempfile.TemporaryDirectory() as folder:
        credentials = Path(folder) / "credentials.yml"
        credentials.write_text((ROOT / "bot" / "credentials.yml").read_text(encoding="utf-8"), encoding="utf-8")
        channels = ["--credentials", str(credentials), "--endpoints", "bot/endpoints.yml", "--enable-api"]
        command = rasa(ROOT, "run", "-i", "127.0.0.1", "-p", str(port), "--model", str(model))
        bot = started([*command, *channels], bot_environment(ROOT))
        try:
            await wait_for(f"http://127.0.0.1:{port}/webhooks/turn/")
            await compare(f"http://127.0.0.1:{port}", reader, turns)
            print(f"memory: bot {resident(bot.pid)} MB, reading {resident(os.getpid())} MB")
        finally:
            bot.terminate()
            bot.wait(timeout=20)


async def compare(url: str, reader: Reader, turns: int) -> None:
    """Ours, the readers alone, and Rasa's parser alone, for each kind of message and for all together."""
    everything: dict[str, list[float]] = {"reading + intent": [], "readers alone": [], "Rasa's own parser": []}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        batch = Batch(reader, policy(), all_intents(), client)
        for name, text in MESSAGES.items():
            asked = Asked(name, text, SystemClock().now())

            async def ours(asked: Asked = asked) -> object:
                return await batch.read(asked)

            async def words(asked: Asked = asked) -> object:
                return reader.read(asked.text, now=asked.at)

            async def plain(text: str = text) -> object:
                return (await client.post("/model/parse", json={"text": model_text(text)})).raise_for_status()

            for part, once in zip(everything, (ours, words, plain), strict=True):
                taken = await timed(once, turns)
                everything[part] += taken
                print(f"{name:10} {len(text):4} characters  {part:20} {percentiles(taken)}")
    for part, taken in everything.items():
        print(f"all of them                  {part:20} {percentiles(taken)}")
    mine, rasas = everything["reading + intent"], everything["Rasa's own parser"]
    print(f"ratio of medians, ours to Rasa's own parser: {statistics.median(mine) / statistics.median(rasas):.2f}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--turns", type=int, default=100)
    asyncio.run(measure(arguments.parse_args().turns))
