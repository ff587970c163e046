"""INSERT with RETURNING in batches."""

# /// label
# on = ["sqlite", "psycopg", "asyncpg"]
# looks = "write-loop"
# why = "a batch of five hundred rows in each turn"
# measure = "commits"
# before = 2
# ///

from sqlalchemy import ForeignKey, String, create_engine, insert
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


ROWS = [{"account_id": n % 10 + 1, "amount": n} for n in range(1000)]


def save(session):
    keys = []
    for start in range(0, len(ROWS), 500):
        query = insert(Entry).returning(Entry.id)
        keys += session.scalars(query, ROWS[start : start + 500])
        session.commit()
    return len(keys)


def main(url):
    if "asyncpg" in url:
        return over_async(url)
    with Session(create_engine(url)) as session:
        return save(session)


async def over_async(url):
    engine = create_async_engine(url)
    async with AsyncSession(engine) as session:
        found = await session.run_sync(save)
    await engine.dispose()
    return found
