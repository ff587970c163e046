"""gather() over one AsyncSession: it is not for several tasks."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# beside = ["get-loop", "repeated-select"]
# static = true
# raises = "InvalidRequestError"
# result_fixed = [100, 200, 300, 400]
# measure = "commits"
# before = 0
# after = 0
# ///

import asyncio

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
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


async def balance(session, key):
    return await session.scalar(select(Account.balance).where(Account.id == key))


async def main(url):
    engine = create_async_engine(url)
    session = AsyncSession(engine)
    try:
        found = [balance(session, key) for key in range(1, 5)]
        return await asyncio.gather(*found)  #! shared-session
    finally:
        await asyncio.sleep(0.2)
        await session.close()
        await engine.dispose()


# --- fixed ---


async def main(url):
    engine = create_async_engine(url)

    async def alone(key):
        async with AsyncSession(engine) as session:
            return await balance(session, key)

    try:
        return await asyncio.gather(*(alone(key) for key in range(1, 5)))
    finally:
        await engine.dispose()
