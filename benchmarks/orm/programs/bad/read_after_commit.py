"""The objects are expired by the commit, and loaded one by one when they are read again."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# before = 12
# after = 2
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


def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        account.balance += 1
    session.commit()
    return [(a.owner, a.balance) for a in accounts]  #! expired-load Account


# --- fixed ---


SESSION = {"expire_on_commit": False}
