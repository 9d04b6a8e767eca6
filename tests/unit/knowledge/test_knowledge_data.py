"""What must hold for every answer under data/knowledge."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from desk.knowledge.files import read_folder
from desk.knowledge.policy import knowledge_policy
from desk.knowledge.schemas import Entry
from desk.knowledge.tokens import tokeniser
from desk.reading.normalise import normalise
from desk.settings import ROOT

ENTRIES = read_folder(ROOT / "data" / "knowledge")
ENQUIRIES = [
    "inquire_branch",
    "inquire_contact",
    "inquire_fee",
    "inquire_rate",
    "inquire_deposit",
    "inquire_transfer",
    "inquire_payment_binding",
    "inquire_card_service",
    "inquire_credit_card",
    "inquire_limit",
    "inquire_repayment",
    "inquire_loan_product",
    "inquire_application_progress",
    "inquire_statement_certificate",
    "inquire_credit_record",
    "inquire_account_limited",
    "inquire_wealth_product",
    "inquire_fx",
    "inquire_app_help",
    "inquire_code",
    "inquire_materials",
    "inquire_promotion",
    "inquire_corporate",
    "inquire_life_service",
    "inquire_complaint_procedure",
    "ask_suspicious_contact",
]
SELLING = re.compile(
    r"建议您(?:购买|选择|办理)|推荐您|欢迎办理|快来|划算|稳赚|保证(?:收益|到账|通过)|一定(?:能|会|给)|承诺给"
)
HAN = re.compile("[一-鿿]")
NUMBER = re.compile(r"(?<!\d)(?:95\d{3}|96110|12378|400[- ]?\d{3})(?!\d)")

every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)


def test_every_enquiry_has_answers() -> None:
    counts = Counter(entry.intent for entry in ENTRIES.values())
    assert sorted(counts) == sorted(ENQUIRIES)
    assert all(2 <= count <= 8 for count in counts.values()), counts
    assert len(ENTRIES) >= 90


@every_entry
def test_an_entry_is_complete(entry: Entry) -> None:
    assert 3 <= len(entry.questions) <= 8
    assert len(set(entry.questions)) == len(entry.questions)
    assert entry.as_of >= date(2025, 6, 1)
    assert entry.sample is (entry.intent != "inquire_complaint_procedure")
    assert entry.key not in entry.follow_ups
    assert set(entry.follow_ups) <= set(ENTRIES)


@every_entry
def test_an_answer_is_simplified_and_sells_nothing(entry: Entry) -> None:
    assert HAN.findall(normalise(entry.answer)) == HAN.findall(entry.answer)
    assert not SELLING.search(entry.answer)
    assert not NUMBER.search(entry.answer), "numbers of the world come from the policy"
    assert "你" not in entry.answer


@every_entry
def test_products_are_those_the_tokeniser_reads(entry: Entry) -> None:
    known = set().union(*(tokeniser().products(tokeniser().weigh(word)) for word in _product_words()))
    assert set(entry.products) <= known


def test_no_question_is_asked_of_two_entries() -> None:
    asked = Counter(normalise(question) for entry in ENTRIES.values() for question in entry.questions)
    assert [question for question, count in asked.items() if count > 1] == []


def test_defaults_exist() -> None:
    assert all(ENTRIES[key].intent == intent for intent, key in knowledge_policy().defaults.items())


def test_the_law_is_cited_with_its_days() -> None:
    deadline = ENTRIES["complaint-deadline"].answer
    assert all(days in deadline for days in ("15日", "30日", "再延长30日", "自然日"))
    assert "30日内" in ENTRIES["complaint-review"].answer
    assert "核查" in ENTRIES["complaint-review"].answer
    assert all(way in ENTRIES["complaint-remedies"].answer for way in ("核查", "调解", "仲裁", "起诉"))


def _product_words() -> list[str]:
    return [
        "信用卡",
        "储蓄卡",
        "定期",
        "活期",
        "大额存单",
        "房贷",
        "消费贷",
        "经营贷",
        "理财",
        "基金",
        "国债",
        "保险",
        "黄金",
        "外汇",
        "ETC",
        "对公",
    ]
