"""Async: get() within a comprehension."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# static = true
# before = 6
# after = 1
# ///

from sqlalchemy import ForeignKey, String
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


IDS = [2, 4, 6, 8, 10, 1]


async def work(session):
    return [(await session.get(Account, key)).owner for key in IDS]  #! get-loop Account


# --- fixed ---
from sqlalchemy import ForeignKey, String, select


async def work(session):
    rows = await session.scalars(select(Account).where(Account.id.in_(IDS)))
    found = {account.id: account for account in rows}
    return [found[key].owner for key in IDS]
