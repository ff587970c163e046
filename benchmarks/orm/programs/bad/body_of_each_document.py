"""A deferred column is read for each row."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# root = "Document"
# option = "undefer(Document.body)"
# before = 11
# after = 1
# ///

from sqlalchemy import String, Text, select
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
    words = 0
    for document in session.scalars(select(Document)).all():  #> loop, root
        words += len(document.body.split())  #! deferred-load Document.body
    return words
