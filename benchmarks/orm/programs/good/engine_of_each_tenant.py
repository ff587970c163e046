"""An engine for each tenant, kept in a dictionary."""

# /// label
# on = ["psycopg"]
# looks = "engine-per-request"
# why = "as many engines as databases, each made once"
# measure = "connects"
# before = 2
# ///

from sqlalchemy import ForeignKey, String, create_engine, func, select
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


class Engines:
    def __init__(self, url):
        self.url = url
        self.known = {}

    def of(self, tenant):
        if tenant not in self.known:
            settings = {"application_name": tenant}
            self.known[tenant] = create_engine(self.url, connect_args=settings)
        return self.known[tenant]


def richest(engines, tenant):
    with Session(engines.of(tenant)) as session:
        return session.scalar(select(func.max(Account.balance)))


def main(url):
    engines = Engines(url)
    found = [richest(engines, tenant) for tenant in ("north", "south", "north")]
    return [int(balance) for balance in found]
