"""Async: a transaction for each row."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# static = true
# measure = "commits"
# before = 10
# after = 1
# ///

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(40), unique=True)
    balance: Mapped[int] = mapped_column(default=0)


class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    amount: Mapped[int] = mapped_column()


def fill(session):
    session.add_all(Account(owner=f"owner {n}", balance=100 * n) for n in range(1, 11))


async def work(session):
    for number in range(10):  #> loop
        async with session.begin():  #! commit-per-row Entry
            session.add(Entry(account_id=2, amount=number))
    return await session.scalar(select(func.sum(Entry.amount)))


# --- fixed ---


async def work(session):
    async with session.begin():
        session.add_all(Entry(account_id=2, amount=number) for number in range(10))
    return await session.scalar(select(func.sum(Entry.amount)))
