"""load_only names too few columns."""

# /// label
# on = ["sqlite", "psycopg"]
# root = "Document"
# option = "undefer(Document.size)"
# before = 11
# after = 1
# ///

from sqlalchemy import String, Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped, load_only, mapped_column


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
    query = select(Document).options(load_only(Document.title)).order_by(Document.id)  #> root
    return [f"{d.title}: {d.size}" for d in session.scalars(query).all()]  #! deferred-load Document.size
