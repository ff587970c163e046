"""A commit for each batch of an import."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# looks = "commit-per-row"
# why = "four commits for two hundred rows"
# measure = "commits"
# before = 4
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
    for start in range(0, 200, 50):
        session.add_all(Entry(account_id=1, amount=n) for n in range(start, start + 50))
        session.commit()
    return session.scalar(select(func.count(Entry.id)))
