"""PostgreSQL aborts the transaction at the first error; it goes on without a rollback."""

# /// label
# on = ["psycopg"]
# raises = "InternalError"
# result_fixed = 10
# measure = "connects"
# before = 1
# after = 1
# ///

import logging

from sqlalchemy import ForeignKey, String, create_engine, func, insert, select
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


def main(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        try:
            connection.execute(insert(Account).values(owner="owner 1", balance=1))
        except IntegrityError:  #! missing-rollback
            logging.getLogger("bank").debug("the account is there")
        return connection.scalar(select(func.count(Account.id)))


# --- fixed ---


def main(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        try:
            connection.execute(insert(Account).values(owner="owner 1", balance=1))
        except IntegrityError:
            connection.rollback()
        return connection.scalar(select(func.count(Account.id)))
