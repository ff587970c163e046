"""Async: the same, one call deep."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# static = true
# before = 16
# after = 2
# ///

from sqlalchemy import ForeignKey, String, func, insert, select
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


async def record(session, account_id, amount):
    row = {"account_id": account_id, "amount": amount}
    await session.execute(insert(Entry), row)  #! write-loop Entry


async def work(session):
    for number in range(15):  #> loop
        await record(session, 1, number)  #> call
    await session.commit()
    return await session.scalar(select(func.sum(Entry.amount)))


# --- fixed ---


async def work(session):
    await session.execute(insert(Entry), [{"account_id": 1, "amount": n} for n in range(15)])
    await session.commit()
    return await session.scalar(select(func.sum(Entry.amount)))
