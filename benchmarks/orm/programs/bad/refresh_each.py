"""refresh() for each object, where one SELECT with populate_existing reads all."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# before = 12
# after = 3
# ///

from sqlalchemy import ForeignKey, String, select, update
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
    session.execute(update(Account).values(balance=Account.balance * 2), execution_options={"synchronize_session": False})
    for account in accounts:  #> loop
        session.refresh(account)  #! refresh-loop Account
    return [account.balance for account in accounts]


# --- fixed ---


def work(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    session.execute(update(Account).values(balance=Account.balance * 2), execution_options={"synchronize_session": False})
    again = select(Account).where(Account.id.in_([account.id for account in accounts]))
    session.scalars(again.execution_options(populate_existing=True)).all()
    return [account.balance for account in accounts]
