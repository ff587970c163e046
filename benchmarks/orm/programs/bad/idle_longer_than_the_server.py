"""MariaDB ends what is idle longer than wait_timeout; the pool does not know."""

# /// label
# on = ["pymysql"]
# raises = "OperationalError"
# result_fixed = 100
# measure = "connects"
# before = 1
# after = 2
# replace = [["create_engine(url)  # the pool", "create_engine(url, pool_pre_ping=True)  # the pool"]]
# ///

import time

from sqlalchemy import ForeignKey, String, create_engine, select, text
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


def balance(engine):
    with engine.connect() as connection:
        connection.execute(text("set session wait_timeout = 1"))
        return connection.scalar(select(Account.balance).where(Account.id == 1))


def main(url):
    engine = create_engine(url)  # the pool  #! no-pre-ping
    balance(engine)
    time.sleep(1.6)
    return balance(engine)
