"""A write is tried again until its savepoint holds."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "write-loop"
# why = "the same statement again after an error; one row is written"
# before = 9
# ///

from sqlalchemy import ForeignKey, String, insert
from sqlalchemy.exc import IntegrityError
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
    for attempt in range(1, 4):
        owner = "owner 1" if attempt < 3 else "owner 11"
        try:
            with session.begin_nested():
                session.execute(insert(Account).values(owner=owner, balance=0))
            break
        except IntegrityError:
            continue
    session.commit()
    return attempt
