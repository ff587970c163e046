"""A connection that the server has ended is replaced before it is used."""

# /// label
# on = ["psycopg"]
# looks = "no-pre-ping"
# why = "pool_pre_ping"
# measure = "connects"
# before = 3
# ///

from sqlalchemy import ForeignKey, NullPool, String, create_engine, func, select, text
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


def accounts(engine):
    with Session(engine) as session:
        return session.scalar(select(func.count(Account.id)))


def restart(url):
    admin = create_engine(url, poolclass=NullPool)
    with admin.connect() as connection:
        others = "datname = current_database() and pid <> pg_backend_pid()"
        query = f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where {others}"
        connection.execute(text(query))


def main(url):
    engine = create_engine(url, pool_pre_ping=True)
    first = accounts(engine)
    restart(url)
    return [first, accounts(engine)]
