"""The one tokeniser of both sides."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from desk.knowledge.tokens import CHARACTER, PAIR, load_tokeniser, tokeniser

TABLE = """
as_of: 2025-06-01
stop_characters: 的吗
stop_words: [请问]
faint_words: [今天]
groups:
  transfer: {words: [转账, 汇款]}
  fee: {words: [手续费], weight: 2}
  card: {words: [信用卡], product: true}
  our_reach: {words: [跨行]}
  named: {words: [某某银行], foreign: true, unless: our_reach}
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "synonyms.yml"
    file.write_text(TABLE, encoding="utf-8")
    return file


def test_characters_pairs_and_words(table: Path) -> None:
    tokens = load_tokeniser(table).weigh("存单APP 95")
    assert tokens == {"存": CHARACTER, "单": CHARACTER, "存单": PAIR, "app": 1.0, "95": 0.5}


def test_stop_words_and_characters_leave_nothing_and_join_nothing(table: Path) -> None:
    assert set(load_tokeniser(table).weigh("请问存的单吗")) == {"存", "单"}


def test_synonyms_meet_in_their_group(table: Path) -> None:
    words = load_tokeniser(table)
    shared = set(words.weigh("转账手续费")) & set(words.weigh("汇款要钱"))
    assert "xtransfer" in shared
    assert words.weigh("手续费")["xfee"] == 2


def test_everyday_words_are_faint(table: Path) -> None:
    assert load_tokeniser(table).weigh("今天")["今天"] < CHARACTER


def test_both_scripts_and_widths_give_the_same(table: Path) -> None:
    words = load_tokeniser(table)
    assert words.weigh("轉帳ＡＰＰ") == words.weigh("转账app")


def test_repeats_stay_in_the_sequence(table: Path) -> None:
    assert load_tokeniser(table).sequence("转账转账").count("xtransfer") == 2


def test_products_are_named(table: Path) -> None:
    words = load_tokeniser(table)
    assert words.products(words.weigh("信用卡转账")) == {"card"}


def test_another_bank_is_strange_unless_the_entry_speaks_of_others(table: Path) -> None:
    words = load_tokeniser(table)
    asked = words.weigh("某某银行转账")
    assert words.strange(asked, words.weigh("转账手续费"))
    assert not words.strange(asked, words.weigh("跨行转账"))
    assert not words.strange(words.weigh("转账"), words.weigh("手续费"))


def test_a_misspelt_table_is_refused(table: Path) -> None:
    table.write_text(TABLE + "  wrong: {wordz: [字]}\n", encoding="utf-8")
    with pytest.raises(ValidationError):
        load_tokeniser(table)


def test_tokens_are_safe_for_every_query_language() -> None:
    odd = "a\"b'c*d:e(f)g-h^i&j|k!l<m>n\\o 转\u3000账！@#￥%…… U盾 é ß ①"
    assert all(token.isalnum() and token == token.lower() for token in tokeniser().sequence(odd))
