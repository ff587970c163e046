"""A coroutine leaves what blocks to a thread."""

# /// label
# on = ["psycopg", "pymysql"]
# looks = "blocking-engine"
# why = "asyncio.to_thread"
# measure = "blocking"
# before = 0
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


def richest(engine):
    with Session(engine) as session:
        return session.scalar(select(Account.owner).order_by(Account.balance.desc()).limit(1))


async def main(url):
    engine = create_engine(url)
    return await asyncio.to_thread(richest, engine)
