"""What may lawfully be done next with a ticket, and what closing still needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.closing.service import NEEDS, TOLD, Proof, proof_of
from desk.errors import DeskError
from desk.handovers.service import offered, waits_for_somebody
from desk.policy.schemas import Policy
from desk.reviews.service import check_window
from desk.tickets.judging import awaits_judgement
from desk.tickets.models import Ticket
from desk.tickets.states import UNDER_WAY, may

DEEDS = {
    "judge": "判断要不要按投诉登记",
    "accept": "接受移交",
    "refuse": "不接受移交，写明原因",
    "investigate": "开始核实",
    "decide": "作出处理决定",
    "notify": "把决定告知客户",
    "recheck": "由没有经办的同事复核",
    "feedback": "反馈给责任部门，或写明不需要的原因",
    "follow-up": "回访客户",
    "close": "办结",
    "authorise": "登记代办人的授权",
    "hand-over": "移交给别的同事",
    "merge": "并入同一位客户先登记的工单",
    "withdraw": "按客户的意思撤回",
    "decline": "不予受理，写明原因",
    "review": "为客户申请上级行核查",
    "root-cause": "确定原因",
    "rectify": "登记整改措施",
    "reopen": "重新处理",
}
"""Deeds of the desk by name, in the order in which they are shown: what moves the case on comes first."""


@dataclass(frozen=True)
class Steps:
    """`lawful` are keys of DEEDS; `missing` are keys of `desk.closing.service.NEEDS`."""

    lawful: list[str]
    missing: list[str]


async def steps_of(session: AsyncSession, ticket: Ticket, *, policy: Policy, now: datetime) -> Steps:
    """Asked of the record as it is now; whose deed it is, and recusal, are checked when it is done."""
    proof = await proof_of(session, ticket, policy=policy, now=now)
    missing = proof.missing(ticket) if ticket.decided_at is not None else list(NEEDS)
    open_now = {
        *_under_way(ticket, handed=await offered(session, ticket.number) is not None),
        *_told(ticket, proof, missing),
    }
    if await awaits_judgement(session, ticket):
        open_now.add("judge")
    if _reviewable(ticket, policy, now):
        open_now.add("review")
    if (ticket.on_behalf or {}).get("authorisation") == "pending":
        open_now.add("authorise")
    return Steps([deed for deed in DEEDS if deed in open_now], missing)


def _under_way(ticket: Ticket, *, handed: bool) -> set[str]:
    found = {
        deed
        for deed, to in (("withdraw", "withdrawn"), ("decline", "declined"), ("merge", "merged"))
        if may(ticket, to)
    }
    if ticket.state in UNDER_WAY:
        found |= {"accept", "refuse"} if handed else {"hand-over"}
        found |= {"decide"} if ticket.state != "paused" else set()
    if may(ticket, "assigned") or ticket.state == "assigned" or waits_for_somebody(ticket):
        found.add("investigate")
    return found


def _told(ticket: Ticket, proof: Proof, missing: list[str]) -> set[str]:
    found: set[str] = set()
    if may(ticket, "notified") or (ticket.state in TOLD and proof.notice is None):
        found.add("notify")
    if may(ticket, "rechecked"):
        found.add("recheck")
    if ticket.state in ("decided", *TOLD):
        found |= {"feedback"} if proof.feedback is None else set()
        found |= {"root-cause", "rectify"}
    if ticket.state in TOLD and proof.follow_up is None:
        found.add("follow-up")
    if ticket.state in ("rechecked", "followed_up") and not missing:
        found.add("close")
    if may(ticket, "reopened"):
        found.add("reopen")
    return found


def _reviewable(ticket: Ticket, policy: Policy, now: datetime) -> bool:
    try:
        check_window(ticket, policy, now)
    except DeskError:
        return False
    return True
