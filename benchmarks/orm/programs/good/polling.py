"""A loop that waits for another process asks the same again and again."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "repeated-select"
# why = "same parameters, another moment; a wait between the turns"
# before = 4
# ///

import time

from sqlalchemy import ForeignKey, String, select
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


def work(session):
    turns = 0
    while turns < 4:
        turns += 1
        balance = session.scalar(select(Account.balance).where(Account.id == 1))
        session.rollback()
        if balance > 1000:
            break
        time.sleep(0.01)
    return turns
