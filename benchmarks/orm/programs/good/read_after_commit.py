"""Objects are read after the commit, with expire_on_commit off."""

# /// label
# on = ["sqlite", "psycopg", "asyncpg"]
# looks = "expired-load"
# why = "nothing is expired"
# before = 2
# ///

from sqlalchemy import ForeignKey, String, create_engine, select
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


SESSION = {"expire_on_commit": False}


def change(session):
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        account.balance += 1
    session.commit()
    return [(account.owner, account.balance) for account in accounts]


def main(url):
    if "asyncpg" in url:
        return over_async(url)
    with Session(create_engine(url), **SESSION) as session:
        return change(session)


async def over_async(url):
    engine = create_async_engine(url)
    async with AsyncSession(engine, **SESSION) as session:
        found = await session.run_sync(change)
    await engine.dispose()
    return found
