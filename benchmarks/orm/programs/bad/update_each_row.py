"""UPDATE by key, one execution for each row."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# before = 11
# after = 2
# ///

from sqlalchemy import ForeignKey, String, func, select, update
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


CHANGES = {number: number * 11 for number in range(1, 11)}


def work(session):
    for key, balance in CHANGES.items():  #> loop
        query = update(Account).where(Account.id == key).values(balance=balance)
        session.execute(query)  #! write-loop Account
    session.commit()
    return session.scalar(select(func.sum(Account.balance)))


# --- fixed ---


def work(session):
    rows = [{"id": key, "balance": balance} for key, balance in CHANGES.items()]
    session.execute(update(Account), rows)
    session.commit()
    return session.scalar(select(func.sum(Account.balance)))
