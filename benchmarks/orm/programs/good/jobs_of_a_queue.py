"""A worker takes one job at a time, does it, and commits it."""

# /// label
# on = ["psycopg"]
# looks = "commit-per-row"
# why = "each job is a transaction of its own: what is done stays done, what is locked is one row"
# measure = "commits"
# before = 4
# ///

from sqlalchemy import ForeignKey, String, select
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


def take(session):
    query = select(Account).where(Account.balance <= 300).order_by(Account.id).limit(1)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def work(session):
    done = []
    while (account := take(session)) is not None:
        done.append(account.owner)
        account.balance += 1000
        session.commit()
    session.commit()
    return done
