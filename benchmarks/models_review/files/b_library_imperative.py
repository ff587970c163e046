"""A library, mapped imperatively."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy.orm import registry, relationship

mapper_registry = registry(metadata=MetaData())

books = Table(
    "books",
    mapper_registry.metadata,
    Column("id", Integer, primary_key=True),
    Column("isbn", String(13), nullable=False),  #! missing-natural-unique
    Column("title", String(200), nullable=False),
    Index("ix_books_title", "title"),  #! redundant-index
    Index("ix_books_title_isbn", "title", "isbn"),
)

copies = Table(
    "copies",
    mapper_registry.metadata,
    Column("id", Integer, primary_key=True),
    Column("book_id", ForeignKey("books.id"), nullable=False),  #! foreign-key-without-index
    Column("status", String(20), nullable=False),  #! open-status
)

shelf_marks = Table(  #! missing-primary-key
    "shelf_marks",
    mapper_registry.metadata,
    Column("copy_id", ForeignKey("copies.id"), nullable=False, index=True),
    Column("mark", String(20), nullable=False),
)

loans = Table(
    "loans",
    mapper_registry.metadata,
    Column("id", Integer, primary_key=True),
    Column("copy_id", ForeignKey("copies.id", ondelete="SET NULL"), nullable=False, index=True),  #! set-null-on-not-null
    CheckConstraint("copy_id > 0", name="ck_loans_copy"),
)


class Book:
    pass


class Copy:
    pass


class Loan:
    pass


mapper_registry.map_imperatively(
    Book,
    books,
    properties={
        "copies": relationship(Copy, lazy="joined", passive_deletes="all"),  #! joined-collection
    },
)
mapper_registry.map_imperatively(Copy, copies)
mapper_registry.map_imperatively(Loan, loans)
