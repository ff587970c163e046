"""Async: the connection and its transaction are held while another service is asked."""

# /// label
# on = ["asyncpg"]
# measure = "held"
# before = 3
# after = 0
# ///

import asyncio

from sqlalchemy import ForeignKey, String
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


async def rate():
    await asyncio.sleep(0.35)
    return 2


async def work(session):
    account = await session.get(Account, 5)
    account.balance *= await rate()  #! open-transaction
    await session.commit()
    return "done"


# --- fixed ---


async def work(session):
    factor = await rate()
    account = await session.get(Account, 5)
    account.balance *= factor
    await session.commit()
    return "done"
