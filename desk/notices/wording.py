"""The words of a decision notice and its three mandatory parts (令2020/3 art. 19)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.clocks.service import review_deadline
from desk.errors import Conflict, Invalid
from desk.intake.wording import shorten
from desk.policy.hours import say_date
from desk.policy.schemas import Policy
from desk.texts.service import texts
from desk.tickets.models import Ticket, TicketItem

PARTS = {"verification": "核实情况", "basis": "依据和理由", "remedies": "救济途径"}
WAYS = ("调解", "仲裁", "诉讼")
"""Remedies that a customer always has; 核查 as well, except after a review."""
DECIDED_TYPES = ("TS", "HC")
"""Types that are decided; suggestions, praise and enquiries are answered."""
LONGEST_WHAT = 40


class NoticeIncomplete(Invalid):
    """A decision notice says what was found, why, and what can be done about it; a part of it is missing."""

    code = "notice_incomplete"


class AuthorisationPending(Conflict):
    """Who writes for somebody else has shown no authorisation, and account data is the account holder's alone."""

    code = "authorisation_pending"


@dataclass(frozen=True)
class Parts:
    """The three parts, and the result in a sentence when the colleague wrote one."""

    verification: str
    basis: str
    remedies: str
    result: str = ""

    def check(self, *, review: bool) -> None:
        """Raise NoticeIncomplete when a part is empty, or the remedies leave one out."""
        missing = [name for name in PARTS if not getattr(self, name).strip()]
        if missing:
            raise NoticeIncomplete(
                f"处理决定还缺：{'、'.join(PARTS[name] for name in missing)}。三项写全后再告知客户。", missing=missing
            )
        ways = WAYS if review else ("核查", *WAYS)
        left_out = [way for way in ways if way not in self.remedies]
        if left_out:
            raise NoticeIncomplete(f"救济途径里还要写明：{'、'.join(left_out)}。", missing=["remedies"])


def found(ticket: Ticket, items: Sequence[TicketItem]) -> str:
    """核实情况 from the colleague's own outcome of every grievance; the customer's words stand in quotation marks."""
    say = texts().say
    if ticket.flags.get("restricted"):
        outcome = str((ticket.decision or {}).get("outcome", "explained"))
        return say("notices.found.unnamed", finding=say(f"notices.found.finding.{outcome}"))
    told = _without_repeats(items)
    lines = []
    for n, item in enumerate(told, 1):
        finding = say(f"notices.found.finding.{item.outcome}")
        if item.answer:
            finding = say("notices.found.answered", finding=finding, answer=item.answer.rstrip("。"))
        key = "one" if len(told) == 1 else "several"
        lines.append(say(f"notices.found.{key}", n=n, what=shorten(item.what, LONGEST_WHAT), finding=finding))
    return "".join(lines)


def _without_repeats(items: Sequence[TicketItem]) -> list[TicketItem]:
    """A second complaint repeats the first one's words under cause 6; the customer reads them once."""
    seen: dict[str, TicketItem] = {}
    for item in items:
        seen.setdefault(item.what, item)
    return list(seen.values())


def parts_of(ticket: Ticket, items: Sequence[TicketItem], policy: Policy, *, told_on: datetime) -> Parts:
    """The parts as the customer will read them. `told_on` is the moment of the notice, from which the 30 days count."""
    decision: Mapping[str, object] = ticket.decision or {}
    own: Mapping[str, object] = decision.get("parts") or {}  # type: ignore[assignment]
    remedies = own.get("remedies")
    if remedies is None:
        if ticket.type == "HC":
            remedies = texts().say("notices.remedies_after_review")
        else:
            remedies = texts().say("notices.remedies", until=say_date(review_deadline(policy, ticket, told_on)))
    verification = own.get("verification")
    return Parts(
        verification=str(found(ticket, items) if verification is None else verification),
        basis=str(own.get("basis") or ""),
        remedies=str(remedies),
        result=str(own.get("result") or ""),
    )


def ended(text: str) -> str:
    """`text` with a full stop."""
    text = text.strip()
    return text if not text or text.endswith(("。", "！", "？", ".", "!", "?")) else text + "。"


def decision_text(ticket: Ticket, parts: Parts) -> str:
    """The whole notice."""
    say = texts().say
    if ticket.type not in DECIDED_TYPES:
        return say("notices.reply", number=ticket.number, text=ended(parts.result + parts.basis))
    lines = [say("notices.decision.head", number=ticket.number, result=ended(parts.result))]
    lines += [say(f"notices.decision.{name}", text=ended(getattr(parts, name))) for name in PARTS]
    return "\n".join(lines)


def check_proxy(ticket: Ticket, words: str, policy: Policy) -> None:
    """Raise AuthorisationPending when `words` would tell account data to somebody who has shown no authorisation."""
    pending = (ticket.on_behalf or {}).get("authorisation") == "pending"
    told = re.search(policy.casework.account_data, words) if pending else None
    if told is not None:
        raise AuthorisationPending(
            f"这件事是代他人反映的，授权还没有看到，不能告知账户信息（“{told[0]}”）。请先登记授权，或把这部分去掉。"
        )
