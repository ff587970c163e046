"""Imperative mappings with keys and indexes."""

from sqlalchemy import Column, Computed, ForeignKey, Integer, MetaData, String, Table, UniqueConstraint
from sqlalchemy.orm import registry, relationship

mapper_registry = registry(metadata=MetaData())

authors = Table(
    "authors",
    mapper_registry.metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
)

books = Table(
    "books",
    mapper_registry.metadata,
    Column("id", Integer, primary_key=True),
    Column("author_id", ForeignKey("authors.id", ondelete="RESTRICT"), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("title_size", Integer, Computed("length(title)")),
)

translations = Table(
    "translations",
    mapper_registry.metadata,
    Column("book_id", ForeignKey("books.id", ondelete="CASCADE"), nullable=False),
    Column("language", String(5), nullable=False),
    Column("title", String(200), nullable=False),
    UniqueConstraint("book_id", "language", name="uq_translations_book_language"),
)


class Author:
    pass


class Book:
    pass


mapper_registry.map_imperatively(
    Author,
    authors,
    properties={"books": relationship(Book, back_populates="author", passive_deletes="all")},
)
mapper_registry.map_imperatively(
    Book, books, properties={"author": relationship(Author, back_populates="books")}
)
