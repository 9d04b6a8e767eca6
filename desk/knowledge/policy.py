"""The shape of `data/policy/knowledge.yml`; what the numbers mean stands there."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import ConfigDict, Field

from desk.policy.schemas import Rule
from desk.settings import settings


class Similarity(Rule):
    """How two questions are compared."""

    one_question: float = Field(ge=0, le=1)
    unseen: float = Field(ge=0, le=1)
    least_asked: float = Field(gt=0)
    least_in_topic: float = Field(gt=0)
    least_known: float = Field(gt=0)
    clause: float = Field(ge=0, le=1)
    clause_characters: int = Field(ge=1)
    gist: float = Field(ge=0, le=1)
    strange: float = Field(ge=0, le=1)


class Bonus(Rule):
    """What the circumstances add to a match."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    start: float = Field(gt=0, alias="from")
    intent: float
    topic: float
    follow_up: float
    elliptic: float = Field(ge=1)
    product: float
    other_product: float


class Suffix(Rule):
    """How an answer says what it rests on and of when it is (SD063)."""

    sample: str
    source: str


class KnowledgePolicy(Rule):
    """`knowledge.yml`."""

    threshold: float
    candidates: int = Field(ge=1)
    defaults: dict[str, str]
    """Entry told when an intent finds nothing."""
    similarity: Similarity
    bonus: Bonus
    suffix: Suffix


def load_knowledge_policy(file: Path) -> KnowledgePolicy:
    """Read and check the file; raises pydantic's ValidationError naming what is wrong."""
    return KnowledgePolicy.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))


@lru_cache
def knowledge_policy() -> KnowledgePolicy:
    """The rules of this installation."""
    return load_knowledge_policy(settings().data_dir / "policy" / "knowledge.yml")
