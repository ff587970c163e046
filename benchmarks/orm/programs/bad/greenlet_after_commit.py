"""Async: an object that the commit has expired."""

# /// label
# on = ["asyncpg", "aiosqlite"]
# raises = {aiosqlite = ["StatementError", "MissingGreenlet"], else = "MissingGreenlet"}
# result_fixed = 101
# measure = "commits"
# before = 1
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


async def work(session):
    account = await session.get(Account, 1)
    account.balance += 1
    await session.commit()
    return account.balance  #! missing-greenlet Account.balance


# --- fixed ---


SESSION = {"expire_on_commit": False}
