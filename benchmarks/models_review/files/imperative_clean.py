"""A library mapped imperatively, without a fault."""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import registry, relationship

metadata = MetaData()
mapper_registry = registry(metadata=metadata)

books = Table(
    "books",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("isbn", String(13), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("late_fee", Numeric(8, 2), nullable=False),
)
copies = Table(
    "copies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", Integer, ForeignKey("books.id"), nullable=False),
    Column("barcode", String(20), nullable=False),
    Column("updated_at", DateTime(timezone=True), server_default=func.now(), onupdate=func.now()),
    UniqueConstraint("book_id", "barcode", name="uq_copies_barcode"),
)


class Book:
    pass


class Copy:
    pass


mapper_registry.map_imperatively(
    Book,
    books,
    properties={"copies": relationship(Copy, back_populates="book", passive_deletes="all")},
)
mapper_registry.map_imperatively(
    Copy, copies, properties={"book": relationship(Book, back_populates="copies")}
)
