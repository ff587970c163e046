"""The row stays locked while a receipt is sent."""

# /// label
# on = ["psycopg", "pymysql"]
# measure = "held"
# before = 3
# after = 0
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


def send(owner):
    time.sleep(0.35)
    return f"sent to {owner}"


def work(session):
    account = session.get(Account, 4)
    account.balance += 10
    session.flush()
    answer = send(account.owner)  #! open-transaction
    session.commit()
    return answer


# --- fixed ---


def work(session):
    account = session.get(Account, 4)
    account.balance += 10
    owner = account.owner
    session.commit()
    return send(owner)
