"""After an error the savepoint is rolled back, and the rest goes on."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "missing-rollback"
# why = "begin_nested() rolls back"
# measure = "commits"
# before = 1
# ///

from sqlalchemy import ForeignKey, String
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
    saved = 0
    for owner in ("owner 1", "fresh"):
        try:
            with session.begin_nested():
                session.add(Account(owner=owner, balance=1))
        except IntegrityError:
            continue
        saved += 1
    session.commit()
    return saved
