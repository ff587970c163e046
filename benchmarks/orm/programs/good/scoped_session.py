"""scoped_session gives each thread its own Session."""

# /// label
# on = ["psycopg", "pymysql"]
# looks = "shared-session"
# why = "a registry of sessions by thread, removed at the end of each"
# measure = "together"
# before = 0
# ///

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker


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


def owner(sessions, key):
    try:
        return sessions.scalar(select(Account.owner).where(Account.id == key))
    finally:
        sessions.remove()


def main(url):
    sessions = scoped_session(sessionmaker(create_engine(url)))
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda key: owner(sessions, key), range(1, 7)))
