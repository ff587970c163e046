"""The same handler for several requests, each with its own Session."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "repeated-select"
# why = "one statement for each request"
# before = 5
# ///

from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker


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


class App:
    def __init__(self, sessions):
        self.sessions = sessions

    def __call__(self, environ, start_response):
        with self.sessions() as session:
            query = select(Account.owner).where(Account.id == int(environ["PATH_INFO"][1:]))
            body = session.scalar(query).encode()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]


def main(url):
    app = App(sessionmaker(create_engine(url)))
    pages = []
    for number in range(1, 6):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}"}
        pages.append(b"".join(app(environ, lambda *_: None)).decode())
    return pages
