"""A script makes its engine with NullPool, once."""

# /// label
# on = ["psycopg"]
# looks = "engine-per-request"
# why = "one engine for one run"
# measure = "connects"
# before = 1
# ///

from sqlalchemy import ForeignKey, NullPool, String, create_engine, func, select
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


def main(url):
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        return connection.scalar(select(func.sum(Account.balance)))
