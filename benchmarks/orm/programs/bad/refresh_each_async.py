"""Async: refresh() after each flush of a list of new objects."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# before = {asyncpg = 9, aiosqlite = 16}
# after = {asyncpg = 2, aiosqlite = 9}
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


async def work(session):
    entries = [Entry(account_id=n, amount=n) for n in range(1, 9)]
    session.add_all(entries)
    await session.flush()
    for entry in entries:  #> loop
        await session.refresh(entry)  #! refresh-loop Entry
    return [entry.amount for entry in entries]


# --- fixed ---
from sqlalchemy import ForeignKey, String, select


async def work(session):
    entries = [Entry(account_id=n, amount=n) for n in range(1, 9)]
    session.add_all(entries)
    await session.flush()
    ids = [entry.id for entry in entries]
    again = select(Entry).where(Entry.id.in_(ids)).execution_options(populate_existing=True)
    (await session.scalars(again)).all()
    return [entry.amount for entry in entries]
