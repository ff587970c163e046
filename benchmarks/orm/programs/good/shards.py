"""The same statement on each of four engines."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "repeated-select"
# why = "one statement for each database"
# before = 4
# ///

from sqlalchemy import ForeignKey, String, create_engine, func, select
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
    shards = [create_engine(url) for _ in range(4)]
    totals = []
    for shard in shards:
        with shard.connect() as connection:
            totals.append(connection.scalar(select(func.sum(Account.balance))))
        shard.dispose()
    return totals
