"""Each query within the loop first flushes what the turn before has added."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# measure = "flushes"
# before = 10
# after = 1
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
    for number in range(10):  #> loop
        query = select(Account.id).where(Account.owner == f"owner {number + 1}")
        key = session.scalar(query)  #! autoflush-storm Entry, repeated-select Account
        session.add(Entry(account_id=key, amount=number))
    session.commit()
    return session.scalar(select(func.sum(Entry.amount)))


# --- fixed ---


def work(session):
    owners = [f"owner {number + 1}" for number in range(10)]
    query = select(Account.owner, Account.id).where(Account.owner.in_(owners))
    keys = dict(session.execute(query).tuples().all())
    session.add_all(Entry(account_id=keys[o], amount=n) for n, o in enumerate(owners))
    session.commit()
    return session.scalar(select(func.sum(Entry.amount)))
