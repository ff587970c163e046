"""A Session is made in one thread and used in the next, never in two at a time."""

# /// label
# on = ["psycopg"]
# looks = "shared-session"
# why = "frameworks run dependency and handler in threads of a pool, one after the other"
# measure = "together"
# before = 0
# ///

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


def main(url):
    engine = create_engine(url)
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        session = first.submit(Session, engine).result()
        query = select(Account.owner).where(Account.id == 2)
        owner = second.submit(session.scalar, query).result()
        second.submit(session.close).result()
    return owner
