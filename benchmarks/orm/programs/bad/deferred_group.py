"""Two columns of one deferred group."""

# /// label
# on = ["sqlite"]
# root = "Document"
# option = "undefer_group('heavy')"
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
    documents = session.scalars(select(Document).order_by(Document.id)).all()  #> root
    return [len(d.scan) + len(d.notes) for d in documents]  #! deferred-load Document.scan
