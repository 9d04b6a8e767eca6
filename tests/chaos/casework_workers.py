"""Worker processes of casework that die all the time: forked, killed with SIGKILL, forked again, until stdin is closed.

Run as a program: `casework_workers.py DATABASE_URL FOLDER SEED`. FOLDER holds the clock that everybody shares and receives
what is delivered, one line an attempt. Prints how many workers died when it ends.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import random
import select
import signal
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from api.core import Core, make_core
from api.setup.process import die_with_parent
from api.turns.bot import BotUnreachable
from api.turns.worker import Deliver
from desk.outbox.models import Outgoing
from desk.settings import Settings

WORKERS = 3
LIVES_S = (0.3, 1.2)
"""Between two kills."""
DIED = "died"
FALTERS = 0.004
"""How often a worker dies just before a delivery, and just after it and before the mark."""


class SharedClock:
    """A clock in a file, settable by one process and read by all."""

    def __init__(self, file: Path, *, start: datetime | None = None) -> None:
        if start is not None:
            file.write_bytes(struct.pack("d", start.timestamp()))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), 8)

    def now(self) -> datetime:
        return datetime.fromtimestamp(struct.unpack_from("d", self._memory)[0], UTC)

    def set(self, moment: datetime) -> None:
        """Forward or back: machines' clocks do both."""
        struct.pack_into("d", self._memory, 0, moment.timestamp())


class AbsentBot:
    """Nobody speaks in these conversations; the bot is not needed."""

    async def turn(self, payload: object, timeout_s: float) -> dict[str, object]:
        raise BotUnreachable("absent")

    async def state(self) -> str:
        return "down"


def opened(received: Path) -> int:
    """The file that everybody writes to, a line at a time."""
    return os.open(received, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def die(pid: int, file: int) -> None:
    """Like a power cut for that process; on record first, so that who sends again can be told from who sends twice."""
    os.write(file, f"{pid} {DIED}\n".encode())
    os.kill(pid, signal.SIGKILL)


def channel(received: Path, falters: float) -> Deliver:
    """What a worker delivers to: a file, where it now and then dies just before or just after it has written."""
    dice, file = random.Random(), opened(received)

    async def deliver(row: Outgoing) -> bool:
        if dice.random() < falters:
            die(os.getpid(), file)
        os.write(file, f"{os.getpid()} {row.key}\n".encode())
        if dice.random() < falters:
            die(os.getpid(), file)
        return True

    return deliver


async def live(core: Core, received: Path) -> None:
    """What a worker does until it is killed."""
    core.worker.deliver = channel(received, FALTERS)
    while True:
        try:
            await core.worker.tick()
        except (OperationalError, NoConnection) as error:
            print("busy:", type(error.__cause__ or error).__name__, flush=True)
        await asyncio.sleep(0.02)


def fork(core: Core, received: Path) -> int:
    """A worker of its own process."""
    child = os.fork()
    if child == 0:
        die_with_parent()
        try:
            asyncio.run(live(core, received))
        finally:
            os._exit(1)
    return child


async def warm_up(core: Core) -> None:
    """What every life begins with is learnt once, before the forks; they inherit it, but no connection."""
    await core.worker.do_one_due()
    await core.worker.deliver_some()
    await core.database.close()


def main(url: str, folder: Path, seed: int) -> None:
    dice = random.Random(seed)
    clock, received = SharedClock(folder / "clock"), folder / "received"
    core = make_core(Settings(database_url=url, var_dir=folder), clock=clock, bot=AbsentBot())
    core.worker.deliver = channel(received, 0.0)
    asyncio.run(warm_up(core))
    file = opened(received)
    alive = [fork(core, received) for _ in range(WORKERS)]
    died = 0
    while not select.select([sys.stdin], [], [], dice.uniform(*LIVES_S))[0]:
        die(dice.choice(alive), file)
        for place, child in enumerate(alive):
            while os.waitpid(child, os.WNOHANG)[0]:
                died += 1
                child = alive[place] = fork(core, received)
    for child in alive:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print("died", died, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
