"""A booking writes three rows, each on a line of its own."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# looks = "write-loop"
# why = "no loop; other statements"
# before = 4
# ///

from sqlalchemy import ForeignKey, String, func, insert, select, update
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
    session.execute(update(Account).where(Account.id == 1).values(balance=Account.balance - 30))
    session.execute(update(Account).where(Account.id == 2).values(balance=Account.balance + 30))
    session.execute(insert(Entry).values(account_id=2, amount=30))
    session.commit()
    return session.scalar(select(func.sum(Account.balance)))
