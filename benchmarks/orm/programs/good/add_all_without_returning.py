"""add_all() and one flush, on a database that sends a statement for each row."""

# /// label
# on = ["sqlite", "aiosqlite"]
# looks = "write-loop"
# why = "one flush; the driver's way of writing it is not the program's"
# measure = "flushes"
# before = 1
# ///

from sqlalchemy import ForeignKey, String, create_engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
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


def save(session):
    session.add_all(Entry(account_id=1, amount=number) for number in range(20))
    session.commit()
    return session.scalar(select(func.count(Entry.id)))


def main(url):
    if "aiosqlite" in url:
        return over_async(url)
    with Session(create_engine(url)) as session:
        return save(session)


async def over_async(url):
    engine = create_async_engine(url)
    async with AsyncSession(engine) as session:
        found = await session.run_sync(save)
    await engine.dispose()
    return found
