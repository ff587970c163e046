"""Async: the same in a dependency."""

# /// label
# on = ["asyncpg"]
# static = true
# beside = ["get-loop"]
# measure = "connects"
# before = 6
# after = 1
# ///

from sqlalchemy import ForeignKey, String
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


async def balance(url, key):
    engine = create_async_engine(url)  #! engine-per-request
    async with AsyncSession(engine) as session:
        account = await session.get(Account, key)
    await engine.dispose()
    return account.balance


async def main(url):
    return [await balance(url, key) for key in range(1, 7)]


# --- fixed ---
import functools


@functools.cache
def engine_of(url):
    return create_async_engine(url)


async def balance(url, key):
    async with AsyncSession(engine_of(url)) as session:
        account = await session.get(Account, key)
    return account.balance
