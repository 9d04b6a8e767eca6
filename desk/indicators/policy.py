"""Titles and targets of the indicators, and business categories: data of `data/policy/indicators.yml`."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from desk.settings import settings


class Rule(BaseModel):
    """A misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Indicator(Rule):
    """How an indicator is called and what is aimed at. Without a target it is only shown."""

    title: str
    target: float | None = None
    at_least: bool = True
    source: str | None = None


class Product(Rule):
    """A business category of JR/T 0169-2018 axis B. Official codes were not found; the bank fills `jrt_code`."""

    title: str
    words: str
    jrt_code: str | None = None


class IndicatorRules(Rule):
    """`indicators.yml`."""

    as_of: date
    indicators: dict[str, Indicator]
    products: dict[str, Product]

    def product_of(self, told: str) -> str:
        """The category whose words occur first in the list; `other` when none does."""
        for key, product in self.products.items():
            if product.words and re.search(product.words, told, re.IGNORECASE):
                return key
        return "other"


@lru_cache
def indicator_rules(folder: Path | None = None) -> IndicatorRules:
    """The rules of this installation."""
    file = (folder or settings().data_dir / "policy") / "indicators.yml"
    return IndicatorRules(**yaml.safe_load(file.read_text(encoding="utf-8")))
