"""The rows of a query that is put together in steps are loaded for their number."""

# /// label
# on = ["aiosqlite", "asyncpg"]
# static = true
# run = "check"
# measure = "rows"
# before = 40
# after = 1
# ///

from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Ticket(Base):
    __tablename__ = "ticket"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str] = mapped_column(String(20))


def fill(session):
    for number in range(120):
        state = ("new", "open", "closed")[number % 3]
        session.add(Ticket(state=state, owner=f"user {number % 4}"))


async def number_of(session, state, owner=None):
    statement = select(Ticket).where(Ticket.state == state).order_by(Ticket.id)
    if owner is not None:
        statement = statement.where(Ticket.owner == owner)
    tickets = (await session.scalars(statement)).all()  #! rows-loaded-to-count Ticket
    return len(tickets)


async def work(session):
    return await number_of(session, "open")


# --- fixed ---
from sqlalchemy import func


async def number_of(session, state, owner=None):
    statement = select(Ticket).where(Ticket.state == state)
    if owner is not None:
        statement = statement.where(Ticket.owner == owner)
    return await session.scalar(select(func.count()).select_from(statement.subquery())) or 0
