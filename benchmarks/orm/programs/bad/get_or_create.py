"""For each row of an import it is asked whether the owner is there, and then written."""

# /// label
# on = ["sqlite", "psycopg"]
# static = ["repeated-select"]
# before = {sqlite = 16, psycopg = 16}
# after = {sqlite = 2, psycopg = 2}
# ///

from sqlalchemy import ForeignKey, String, select
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


OWNERS = [f"owner {number}" for number in range(7, 17)]


def work(session):
    made = 0
    for owner in OWNERS:  #> loop
        account = session.scalar(select(Account).where(Account.owner == owner))  #! repeated-select Account, autoflush-storm Account
        if account is None:
            session.add(Account(owner=owner, balance=0))
            made += 1
    session.commit()
    return made


# --- fixed ---
from sqlalchemy import ForeignKey, String, insert, select


def work(session):
    known = set(session.scalars(select(Account.owner).where(Account.owner.in_(OWNERS))))
    new = [{"owner": owner, "balance": 0} for owner in OWNERS if owner not in known]
    session.execute(insert(Account), new)
    session.commit()
    return len(new)
