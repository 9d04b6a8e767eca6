"""The register's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import local
from desk.conversations.models import Conversation
from desk.customers.models import Customer
from desk.indicators.policy import IndicatorRules, indicator_rules
from desk.surveys.models import Survey
from desk.tickets.models import TYPES, Ticket, TicketFact, TicketItem, TicketLink

CAUSES = {
    "service_attitude": "服务态度及服务质量",
    "facility_system": "金融机构服务设施、设备、业务系统",
    "process_rule": "金融机构管理制度、业务规则与流程",
    "marketing": "营销方式和手段",
    "disclosure": "信息披露",
    "free_choice": "自主选择权",
    "pricing_fee": "定价收费",
    "product_return": "产品收益",
    "contract_terms": "合同条款",
    "fund_security": "消费者资金安全",
    "info_security": "消费者信息安全",
    "debt_collection": "债务催收方式和手段",
    "other": "其他",
}
"""JR/T 0169-2018 axis C, by our keys (2-regulation.md 2.3)."""

COLUMNS = (
    *("编号", "类型", "状态", "受理时间", "登记时间", "受理渠道", "客户层级", "被投诉机构", "事项"),
    *(
        "业务办理渠道（JR/T 0169 A）",
        "业务类别（JR/T 0169 B）",
        "业务类别代码",
        "投诉原因（JR/T 0169 C）",
        "投诉原因代码",
    ),
    *("六类原因", "金额", "诉求", "负责人", "决定期限", "决定时间", "处理结果", "告知时间", "结案时间"),
    *("二度投诉", "重大", "追问次数", "满意", "满意度指数", "关联工单"),
)

FACTS = ("channel_used", "amount")


@dataclass(frozen=True)
class Register:
    """Head and rows, all text: what a spreadsheet shows is what is meant."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


async def register_rows(
    session: AsyncSession, start: datetime, end: datetime, *, branch: str | None = None, scores: bool = True
) -> Register:
    """Every registered case received in [start, end), oldest first; withdrawn and merged ones stand in it too.

    Without `scores` nobody reads out of it who gave which (3-dialogue.md 3.11).
    """
    query = (
        select(Ticket)
        .where(Ticket.received_at >= start, Ticket.received_at < end, Ticket.state != "draft")
        .order_by(Ticket.received_at, Ticket.number)
    )
    if branch is not None:
        query = query.where(Ticket.branch == branch)
    about, rules = await _around(session, query, scores), indicator_rules()
    return Register(COLUMNS, [_row(ticket, about, rules) for ticket in await session.scalars(query)])


@dataclass(frozen=True)
class _Around:
    """What belongs to the tickets, by number or id: one query a table, however many tickets there are."""

    items: Mapping[str, list[TicketItem]]
    facts: Mapping[tuple[str, str], str | None]
    surveys: Mapping[str, Survey]
    links: Mapping[str, list[TicketLink]]
    channels: Mapping[str, str]
    tiers: Mapping[str, str]


async def _around(session: AsyncSession, tickets: Select[Ticket], scores: bool) -> _Around:
    these = tickets.order_by(None)
    numbers = these.with_only_columns(Ticket.number)
    items, links = defaultdict(list), defaultdict(list)
    for item in await session.scalars(select(TicketItem).where(TicketItem.ticket.in_(numbers)).order_by(TicketItem.id)):
        items[item.ticket].append(item)
    for link in await session.scalars(select(TicketLink).where(TicketLink.ticket.in_(numbers)).order_by(TicketLink.id)):
        links[link.ticket].append(link)
    facts = select(TicketFact.ticket, TicketFact.key, TicketFact.value).where(
        TicketFact.ticket.in_(numbers), TicketFact.key.in_(FACTS)
    )
    channels = select(Conversation.id, Conversation.channel).where(
        Conversation.id.in_(these.with_only_columns(Ticket.conversation_id))
    )
    tiers = select(Customer.id, Customer.tier).where(Customer.id.in_(these.with_only_columns(Ticket.customer_id)))
    # A case decided anew is asked anew; the newest answer counts.
    surveys = (
        await session.scalars(select(Survey).where(Survey.ticket.in_(numbers)).order_by(Survey.id)) if scores else ()
    )
    return _Around(
        items=items,
        facts={(ticket, key): value for ticket, key, value in await session.execute(facts)},
        surveys={survey.ticket: survey for survey in surveys},
        links=links,
        channels={row.id: row.channel for row in await session.execute(channels)},
        tiers={row.id: row.tier for row in await session.execute(tiers)},
    )


def _row(ticket: Ticket, about: _Around, rules: IndicatorRules) -> tuple[str, ...]:
    items, survey = about.items.get(ticket.number, []), about.surveys.get(ticket.number)
    links = about.links.get(ticket.number, [])
    told = "；".join(item.what for item in items)
    product = rules.products[rules.product_of(told)]
    causes = list(dict.fromkeys(cause for item in items for cause in item.cause_jrt))
    six = sorted({item.cause_six for item in items if item.cause_six})

    def fact(key: str) -> str:
        return about.facts.get((ticket.number, key)) or ""

    return (
        ticket.number,
        TYPES[ticket.type],
        ticket.state,
        moment(ticket.received_at),
        moment(ticket.registered_at),
        about.channels.get(ticket.conversation_id or "", ""),
        about.tiers.get(ticket.customer_id, ""),
        ticket.branch or "",
        told,
        fact("channel_used"),
        product.title,
        product.jrt_code or "",
        "；".join(CAUSES.get(cause, cause) for cause in causes),
        "",
        "；".join(map(str, six)),
        fact("amount"),
        "；".join(map(str, ticket.remedy)),
        ticket.owner or "",
        moment(ticket.decision_due),
        moment(ticket.decided_at),
        str((ticket.decision or {}).get("outcome", "")),
        moment(ticket.notified_at),
        moment(ticket.closed_at),
        "是" if ticket.flags.get("second_complaint") else "",
        "是" if ticket.flags.get("major") else "",
        str(ticket.chases),
        {True: "满意", False: "不满意", None: ""}[survey.satisfied if survey else None],
        "" if survey is None or survey.index is None else f"{survey.index:.2f}",
        "；".join(f"{link.kind}:{link.number}" for link in links),
    )


def moment(at: datetime | None) -> str:
    """2025-06-11 10:00:00 in Shanghai, or nothing."""
    return f"{local(at):%Y-%m-%d %H:%M:%S}" if at else ""
