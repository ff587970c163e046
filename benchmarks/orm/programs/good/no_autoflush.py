"""What the loop asks cannot be among what it adds, and it says so."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "autoflush-storm"
# why = "one flush at the end"
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
    with session.no_autoflush:
        for account in session.scalars(select(Account).order_by(Account.id)):
            session.add(Entry(account_id=account.id, amount=account.balance))
        session.add(Entry(account_id=1, amount=session.scalar(select(func.count(Account.id)))))
    session.commit()
    return session.scalar(select(func.sum(Entry.amount)))
