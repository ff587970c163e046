"""A coroutine with an engine that blocks: the whole event loop waits for each statement."""

# /// label
# on = ["psycopg"]
# static = true
# beside = ["repeated-select"]
# measure = "blocking"
# before = 4
# after = 0
# ///

import asyncio

from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


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


async def owner(engine, key):
    with Session(engine) as session:
        query = select(Account.owner).where(Account.id == key)
        return session.scalar(query)  #! blocking-engine


async def main(url):
    engine = create_engine(url)
    return await asyncio.gather(*(owner(engine, key) for key in range(1, 5)))


# --- fixed ---
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine


async def owner(engine, key):
    async with AsyncSession(engine) as session:
        return await session.scalar(select(Account.owner).where(Account.id == key))


async def main(url):
    engine = create_async_engine(url)
    try:
        return await asyncio.gather(*(owner(engine, key) for key in range(1, 5)))
    finally:
        await engine.dispose()
