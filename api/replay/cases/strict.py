"""What every part of a replay case is made of: no unknown fields, times with a zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from desk.clock import SHANGHAI


def _in_shanghai(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


Moment = Annotated[datetime, AfterValidator(_in_shanghai)]
"""A time; without a zone it is the customers' own, Asia/Shanghai."""


class Strict(BaseModel):
    """An unknown field is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)
