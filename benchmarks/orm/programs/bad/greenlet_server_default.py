"""Async: a column that the server fills is read after the flush of a change."""

# /// label
# on = ["asyncpg"]
# raises = "MissingGreenlet"
# result_fixed = 2
# measure = "flushes"
# before = 1
# after = 1
# replace = [["__tablename__ = \"account\"", "__tablename__ = \"account\"\n    __mapper_args__ = {\"eager_defaults\": True}"]]
# ///

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(40), unique=True)
    balance: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(server_default="1", onupdate=text("version + 1"))


class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    amount: Mapped[int] = mapped_column()


def fill(session):
    session.add_all(Account(owner=f"owner {n}", balance=100 * n) for n in range(1, 11))


async def work(session):
    account = await session.get(Account, 3)
    account.balance = 0
    await session.flush()
    return account.version  #! missing-greenlet Account.version
