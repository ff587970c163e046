"""Async: the same with an AsyncSession that lives on."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# raises = "PendingRollbackError"
# result_fixed = 300
# measure = "commits"
# before = 0
# after = 0
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.exc import IntegrityError
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


async def rename(session, key, owner):
    account = await session.get(Account, key)
    account.owner = owner
    try:
        await session.flush()
    except IntegrityError:  #! missing-rollback
        return False
    return True


async def work(session):
    await rename(session, 2, "owner 1")
    return await session.scalar(select(Account.balance).where(Account.id == 3))


# --- fixed ---


async def rename(session, key, owner):
    account = await session.get(Account, key)
    account.owner = owner
    try:
        await session.flush()
    except IntegrityError:
        await session.rollback()
        return False
    return True
