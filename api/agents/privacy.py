"""What a customer may ask for, and what only named roles may see: reveal, export, erase, the audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.agents.privacy_schemas import AuditPage, AuditRow, Erase, ErasedView, Export, Kept, Reveal, Revealed
from api.agents.signed_in import StaffDep
from api.agents.words import clean
from api.chat.routes import CoreDep
from desk.audit.service import entries, note
from desk.conversations.service import get_conversation
from desk.errors import NotAllowed
from desk.privacy.reveal import reveal
from desk.retention.export import export
from desk.retention.service import erase_customer
from desk.staff.models import Staff

OVERSEERS = ("supervisor", "compliance", "quality")
KEEPERS = ("supervisor", "compliance")


def only(staff: Staff, roles: tuple[str, ...]) -> None:
    """Raise NotAllowed unless this colleague has one of `roles`."""
    if staff.role not in roles:
        raise NotAllowed("您的岗位没有这项权限，请找主管或合规同事。")


def add_privacy(router: APIRouter) -> None:
    """Reveal a masked value, export and erase a customer, read the trail."""

    @router.post("/conversations/{conversation_id}/reveal")
    async def reveal_value(core: CoreDep, staff: StaffDep, conversation_id: str, new: Reveal) -> Revealed:
        reason = clean(new.reason).strip()
        async with core.database.transaction() as session:
            conversation = await get_conversation(session, conversation_id)
            if staff.role not in OVERSEERS and conversation.agent_id != staff.id:
                raise NotAllowed("只有正在接待这位客户的同事，或主管、合规同事可以查看。")
            value = await reveal(
                session, conversation, new.token, by=staff.work_no, reason=reason, now=core.clock.now()
            )
        return Revealed(value=value)

    @router.get("/audit")
    async def audit(
        core: CoreDep,
        staff: StaffDep,
        ref: Annotated[str | None, Query(max_length=64)] = None,
        by: Annotated[str | None, Query(max_length=64)] = None,
        before: Annotated[int | None, Query(ge=1, le=10**15)] = None,
    ) -> AuditPage:
        only(staff, OVERSEERS)
        async with core.database.snapshot() as session:
            rows = await entries(session, ref=ref, by=by, before=before, limit=50)
        items = [AuditRow(**{name: getattr(row, name) for name in AuditRow.model_fields}) for row in rows]
        return AuditPage(items=items, next=rows[-1].id if len(rows) == 50 else None)

    @router.get("/customers/{customer_id}/export")
    async def export_customer(core: CoreDep, staff: StaffDep, customer_id: str) -> Export:
        only(staff, KEEPERS)
        async with core.database.snapshot() as session:
            return Export.model_validate(await export(session, customer_id))

    @router.post("/customers/{customer_id}/erase")
    async def erase(core: CoreDep, staff: StaffDep, customer_id: str, new: Erase) -> ErasedView:
        only(staff, KEEPERS)
        now = core.clock.now()
        async with core.database.transaction() as session:
            reason = clean(new.reason).strip()
            await note(
                session, by=staff.work_no, verb="erase", kind="customer", ref=customer_id, now=now, reason=reason
            )
            done = await erase_customer(session, customer_id, core.policy, now)
        kept = [Kept(ticket=number, until=until) for number, until in sorted(done.kept.items())]
        return ErasedView(conversations=done.conversations, kept=kept)
