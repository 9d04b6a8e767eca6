"""The tree of branches: who is above whom, and which of them may receive a customer."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.branches.models import Branch

MOST_LEVELS = 8
"""No bank is deeper; a circle in the data ends here instead of never."""


async def all_branches(session: AsyncSession) -> list[Branch]:
    """Every branch, by name."""
    return list(await session.scalars(select(Branch).order_by(Branch.name)))


async def ensure_branch(session: AsyncSession, name: str) -> Branch:
    """The branch of that name; one that nobody has listed yet is listed, without a place in the tree."""
    branch = await session.get(Branch, name)
    if branch is None:
        branch = Branch(name=name, level="sub_branch", rooms=0, accessible=False, sample=False)
        session.add(branch)
        await session.flush()
    return branch


async def above(session: AsyncSession, name: str) -> list[Branch]:
    """The branches above `name`, nearest first."""
    found: list[Branch] = []
    branch = await session.get(Branch, name)
    while branch is not None and branch.parent is not None and len(found) < MOST_LEVELS:
        branch = await session.get(Branch, branch.parent)
        if branch is not None:
            found.append(branch)
    return found


async def with_rooms(session: AsyncSession, *, avoid: Collection[str] = (), accessible: bool = False) -> list[Branch]:
    """Branches with a quiet room, none of them in `avoid`; only those without steps when `accessible`."""
    query = select(Branch).where(Branch.rooms > 0, Branch.name.not_in(list(avoid))).order_by(Branch.name)
    if accessible:
        query = query.where(Branch.accessible.is_(True))
    return list(await session.scalars(query))
