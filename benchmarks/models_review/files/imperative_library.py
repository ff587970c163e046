"""A library mapped imperatively: tables apart from the classes."""

from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
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
    Column("isbn", String(13), nullable=False),  #! missing-natural-unique
    Column("title", String(200), nullable=False),
    Column("price", Float, nullable=False),  #! float-money, missing-check
)
copies = Table(
    "copies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", Integer, ForeignKey("books.id"), nullable=False),
    Column("barcode", String(20), nullable=False),
    UniqueConstraint("book_id", "barcode", name="uq_copies_barcode"),
    Index("ix_copies_book", "book_id"),  #! redundant-index
)
loans = Table(
    "loans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("copy_id", String(20), ForeignKey("copies.id"), nullable=False, index=True),  #! foreign-key-type-mismatch
    Column("status", String(10), nullable=False),  #! open-status
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),  #! stale-updated-at
)


class Book:
    pass


class Copy:
    pass


class Loan:
    pass


mapper_registry.map_imperatively(Book, books)
mapper_registry.map_imperatively(Copy, copies, properties={"book": relationship(Book)})
mapper_registry.map_imperatively(Loan, loans)
