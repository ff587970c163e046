"""A commit in the loop, which expires the list that the loop runs over."""

# /// label
# on = ["sqlite", "psycopg"]
# before = 21
# after = 3
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
    for account in session.scalars(select(Account).order_by(Account.id)).all():  #> loop
        account.balance += 7  #! expired-load Account
        session.commit()  #! commit-per-row Account
    return session.scalar(select(func.sum(Account.balance)))


# --- fixed ---


def work(session):
    for account in session.scalars(select(Account).order_by(Account.id)).all():
        account.balance += 7
    session.commit()
    return session.scalar(select(func.sum(Account.balance)))
