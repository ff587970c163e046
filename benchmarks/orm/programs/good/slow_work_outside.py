"""The transaction has ended before the slow work begins."""

# /// label
# on = ["psycopg", "pymysql"]
# looks = "open-transaction"
# why = "commit before the mail is sent"
# measure = "held"
# before = 0
# ///

import time

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


def work(session):
    account = session.get(Account, 6)
    account.balance += 1
    owner = account.owner
    session.commit()
    time.sleep(0.35)
    return owner
