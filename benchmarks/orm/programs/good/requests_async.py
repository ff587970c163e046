"""Async: a session for each task of gather()."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# looks = "shared-session"
# why = "each task has its own session, and asks once"
# before = 4
# ///

import asyncio

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
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


async def balance(sessions, key):
    async with sessions() as session:
        return await session.scalar(select(Account.balance).where(Account.id == key))


async def main(url):
    engine = create_async_engine(url)
    sessions = async_sessionmaker(engine)
    try:
        return await asyncio.gather(*(balance(sessions, key) for key in range(1, 5)))
    finally:
        await engine.dispose()
