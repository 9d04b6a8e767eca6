"""Which channel identities are one person. Whatever asks for "the same customer" asks here."""

from __future__ import annotations

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.customers.models import BankCustomer, Customer


def same_person(customer_id: str) -> Select[str]:
    """The query for the customer ids that are this person: this one, and all that are linked to the same bank customer."""
    person = select(Customer.bank_customer).where(Customer.id == customer_id).scalar_subquery()
    # An identity that is linked to nobody is only itself: null equals nothing.
    return select(Customer.id).where(or_(Customer.id == customer_id, Customer.bank_customer == person))


async def are_one_person(session: AsyncSession, one: str, other: str) -> bool:
    """Whether two customer ids are the same person's, as far as the bank's own sign-in has told."""
    return one == other or other in set(await session.scalars(same_person(one)))


def as_the_bank_knows(customer: Customer, person: BankCustomer) -> None:
    """Copy what the bank knows of a person to one of his identities."""
    customer.tier, customer.value_tier, customer.manager = person.tier, person.value_tier, person.manager
    customer.name = person.name


async def part(session: AsyncSession, customer: Customer) -> None:
    """An identity that is erased is nobody's any more; with the last one goes what we kept of the person."""
    person, customer.bank_customer = customer.bank_customer, None
    await session.flush()
    if person is not None:
        others = exists().where(Customer.bank_customer == person)
        await session.execute(delete(BankCustomer).where(BankCustomer.id == person, ~others))
