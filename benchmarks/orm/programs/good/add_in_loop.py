"""Objects are added in a loop and flushed once."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "flush-storm"
# why = "one flush"
# measure = "flushes"
# before = 1
# ///

from sqlalchemy import ForeignKey, String, func, select
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
    for number in range(30):
        session.add(Entry(account_id=number % 10 + 1, amount=number))
    session.commit()
    return session.scalar(select(func.sum(Entry.amount)))
