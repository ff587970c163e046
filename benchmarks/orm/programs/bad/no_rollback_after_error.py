"""A failed flush is caught, the Session is used again without rollback."""

# /// label
# on = ["sqlite", "psycopg"]
# raises = "PendingRollbackError"
# result_fixed = ["new 1", "new 2"]
# measure = "commits"
# before = 0
# after = 1
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
    saved = []
    for owner in ("new 1", "owner 3", "new 2"):
        session.add(Account(owner=owner, balance=0))
        try:
            session.flush()
        except IntegrityError:  #! missing-rollback
            continue
        saved.append(owner)
    session.commit()
    return saved


# --- fixed ---


def work(session):
    saved = []
    for owner in ("new 1", "owner 3", "new 2"):
        try:
            with session.begin_nested():
                session.add(Account(owner=owner, balance=0))
        except IntegrityError:
            continue
        saved.append(owner)
    session.commit()
    return saved
