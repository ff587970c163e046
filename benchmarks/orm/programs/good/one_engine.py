"""The engine is made once and kept; requests take connections of its pool."""

# /// label
# on = ["psycopg", "pymysql"]
# static = true
# looks = "engine-per-request"
# why = "a cache holds the engine"
# measure = "connects"
# before = 1
# ///

import functools

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


@functools.lru_cache
def engine_of(url):
    return create_engine(url, pool_pre_ping=True)


def balances(url):
    with Session(engine_of(url)) as session:
        return session.scalars(select(Account.balance).order_by(Account.id)).all()


def main(url):
    return [sum(balances(url)), max(balances(url)), len(balances(url))]
