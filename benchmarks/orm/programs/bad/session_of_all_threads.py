"""One Session for all threads of a pool: they share a transaction and an identity map."""

# /// label
# on = ["psycopg", "sqlite"]
# beside = ["get-loop", "repeated-select"]
# measure = "together"
# before = 1
# after = 0
# ///

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


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


class Bank:
    def __init__(self, engine):
        self.session = Session(engine)  #! shared-session
        self.turn = threading.Barrier(2)

    def balance(self, place):
        if place:
            self.turn.wait()
        found = self.session.scalar(select(Account.balance).where(Account.id == place + 1))
        if not place:
            self.turn.wait()
        return found


def main(url):
    bank = Bank(create_engine(url, connect_args=SETTINGS.get(url[:6], {})))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(bank.balance, range(2)))


SETTINGS = {"sqlite": {"check_same_thread": False}}


# --- fixed ---


class Bank:
    def __init__(self, engine):
        self.engine = engine

    def balance(self, place):
        with Session(self.engine) as session:
            return session.scalar(select(Account.balance).where(Account.id == place + 1))
