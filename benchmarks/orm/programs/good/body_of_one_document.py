"""One deferred column of one object."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "deferred-load"
# why = "one object"
# before = 2
# ///

from sqlalchemy import String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Document(Base):
    __tablename__ = "document"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column()
    body: Mapped[str] = mapped_column(Text, deferred=True)
    scan: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="heavy")
    notes: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="heavy")


def fill(session):
    for number in range(10):
        text = f"Text of document {number}"
        session.add(Document(title=f"Doc {number}", size=9, body=text, scan=text, notes=text))


def work(session):
    document = session.get(Document, 7)
    if document.size > 5:
        return document.body
    return document.title
