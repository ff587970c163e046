"""Before and after a write the same is asked."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "repeated-select"
# why = "two lines, another moment"
# before = 3
# ///

from sqlalchemy import ForeignKey, String, func, select, update
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
    before = session.scalar(select(func.sum(Account.balance)))
    session.execute(update(Account).where(Account.id == 1).values(balance=0))
    after = session.scalar(select(func.sum(Account.balance)))
    session.rollback()
    return int(before - after)
