"""Ticket numbers and look-up codes."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import local
from desk.db import insert_new
from desk.tickets.models import Ticket, TicketCounter

NUMBER = re.compile(r"(TS|ZX|JY|BY|HC)\d{8}-?\d{4}", re.IGNORECASE)
# No 0/O, 1/I/L: the code is read aloud and typed on phones.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE = re.compile(rf"(?<![0-9A-Z])[{ALPHABET}]{{8}}(?![0-9A-Z])")
# Misread or mistyped (0 for O, 1 for L): nobody's code, and answered as a wrong one.
LIKE_A_CODE = re.compile(r"(?<![0-9A-Z])(?=\d*[A-Z])(?=[A-Z]*\d)[0-9A-Z]{8}(?![0-9A-Z])")


async def next_number(session: AsyncSession, kind: str, now: datetime) -> str:
    """The next number of the day, `TS20261121-0001`. Days are Shanghai days; one sequence for all types of a day."""
    day = f"{local(now):%Y%m%d}"
    await insert_new(session, TicketCounter, {"day": day, "last": 0})
    counter = await session.get_one(TicketCounter, day, with_for_update=True, populate_existing=True)
    while True:
        counter.last += 1
        number = f"{kind}{day}-{counter.last:04d}"
        if await session.scalar(select(Ticket.number).where(Ticket.number == number)) is None:
            return number


def new_code() -> str:
    """A random look-up code of 8 characters (about 40 bits; tries are limited)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def find_number(text: str) -> str | None:
    """The first ticket number in `text`, in its canonical form."""
    match = NUMBER.search(text)
    if match is None:
        return None
    plain = match.group(0).upper().replace("-", "")
    return f"{plain[:10]}-{plain[10:]}"


def find_code(text: str) -> str | None:
    """The first thing in `text` that looks like a look-up code (and is not part of a number)."""
    rest = NUMBER.sub(" ", text).upper()
    match = CODE.search(rest)
    if match is not None and len(set(match[0])) > 1:
        return match[0]
    like = LIKE_A_CODE.search(rest)
    return like[0] if like is not None else None
