"""A case of `sanbian replay`: the world it begins in, and its turns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from api.replay.cases.given import Given
from api.replay.cases.strict import Moment, Strict
from api.replay.cases.turns import TurnIn
from desk.clock import SHANGHAI

Channel = Literal["web", "wechat", "wechat_group_public"]


class Days(Strict):
    """The days that differ from Monday–Friday; takes the place of the bank's own calendar."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()


class CustomerIn(Strict):
    """Who writes."""

    ref: str | None = None
    name: str | None = None
    tier: Literal["GENERAL", "BRANCH_KEY", "HQ_KEY"] = "GENERAL"
    value_tier: str | None = None
    verified: bool = False
    locale: Literal["zh-CN", "zh-HK", "zh-TW"] | None = None


class Context(Strict):
    """The world of a case."""

    channel: Channel = "web"
    now: Moment = datetime(2025, 6, 11, 10, 0, tzinfo=SHANGHAI)
    calendar: Days | None = None
    customer: CustomerIn = CustomerIn()
    given: Given = Given()


class Case(Strict):
    """One scripted conversation."""

    id: str = Field(min_length=1)
    lang: str = "zh-Hans"
    context: Context = Context()
    turns: list[TurnIn]

    @property
    def locale(self) -> str:
        """What the customer's browser would say, or what the language of the case implies."""
        told = self.context.customer.locale
        if told is not None:
            return told
        lang = self.lang.lower()
        if "hk" in lang or lang.startswith("yue"):
            return "zh-HK"
        return "zh-TW" if "hant" in lang or "tw" in lang else "zh-CN"
