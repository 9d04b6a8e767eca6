"""Nothing that a customer says may be forgotten by the erasure: every column of text or JSON is accounted for."""

from __future__ import annotations

from sqlalchemy import JSON, String

import desk.models  # noqa: F401
from desk.db import Base
from desk.retention.columns import DELETED, ERASED, KEPT

WORDS = {
    table.name: {column.name for column in table.columns if isinstance(column.type, String | JSON)}
    for table in Base.metadata.sorted_tables
    if table.name not in DELETED
}


def test_every_column_of_words_is_erased_or_kept_on_purpose() -> None:
    forgotten = {
        name: sorted(columns - set(ERASED.get(name, ())) - KEPT.get(name, set())) for name, columns in WORDS.items()
    }
    assert {name: columns for name, columns in forgotten.items() if columns} == {}


def test_the_lists_name_only_what_is_there() -> None:
    for name, columns in [*ERASED.items(), *KEPT.items()]:
        assert set(columns) <= WORDS[name], name


def test_nothing_is_both() -> None:
    for name, columns in ERASED.items():
        assert not set(columns) & KEPT.get(name, set()), name
