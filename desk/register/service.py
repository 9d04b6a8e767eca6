"""The register's rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import local
from desk.conversations.models import Conversation
from desk.customers.models import Customer
from desk.indicators.policy import IndicatorRules, indicator_rules
from desk.surveys.models import Survey
from desk.tickets.models import TYPES, Ticket, TicketLink
from desk.tickets.service import facts_of, items_of

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
    rules = indicator_rules()
    return Register(COLUMNS, [await _row(session, ticket, rules, scores) for ticket in await session.scalars(query)])


async def _row(session: AsyncSession, ticket: Ticket, rules: IndicatorRules, scores: bool) -> tuple[str, ...]:
    items, facts = await items_of(session, ticket.number), await facts_of(session, ticket.number)
    conversation = await session.get(Conversation, ticket.conversation_id) if ticket.conversation_id else None
    customer = await session.get(Customer, ticket.customer_id)
    survey = await session.scalar(select(Survey).where(Survey.ticket == ticket.number)) if scores else None
    links = await session.scalars(select(TicketLink).where(TicketLink.ticket == ticket.number).order_by(TicketLink.id))
    told = "；".join(item.what for item in items)
    product = rules.products[rules.product_of(told)]
    causes = list(dict.fromkeys(cause for item in items for cause in item.cause_jrt))
    six = sorted({item.cause_six for item in items if item.cause_six})

    def fact(key: str) -> str:
        return (facts[key].value or "") if key in facts else ""

    return (
        ticket.number,
        TYPES[ticket.type],
        ticket.state,
        moment(ticket.received_at),
        moment(ticket.registered_at),
        conversation.channel if conversation else "",
        customer.tier if customer else "",
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
