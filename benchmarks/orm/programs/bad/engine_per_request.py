"""Each request makes an engine, and with it a pool and a connection."""

# /// label
# on = ["psycopg", "pymysql"]
# static = true
# beside = ["get-loop"]
# measure = "connects"
# before = 8
# after = 1
# ///

from sqlalchemy import ForeignKey, String, create_engine
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


def owner(url, key):
    engine = create_engine(url)  #! engine-per-request
    with Session(engine) as session:
        return session.get(Account, key).owner


def main(url):
    return [owner(url, key) for key in range(1, 9)]


# --- fixed ---
import functools


@functools.cache
def engine_of(url):
    return create_engine(url)


def owner(url, key):
    with Session(engine_of(url)) as session:
        return session.get(Account, key).owner
