"""INSERT by Core, one execution for each row."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# before = 21
# after = 2
# ///

from sqlalchemy import ForeignKey, String, func, insert, select
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
    for number in range(20):  #> loop
        session.execute(insert(Entry).values(account_id=1, amount=number))  #! write-loop Entry
    session.commit()
    return session.scalar(select(func.count(Entry.id)))


# --- fixed ---


def work(session):
    session.execute(insert(Entry), [{"account_id": 1, "amount": n} for n in range(20)])
    session.commit()
    return session.scalar(select(func.count(Entry.id)))
