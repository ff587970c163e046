"""A bank over imperative tables: money in three wrong types."""

from sqlalchemy import CHAR, Column, DateTime, Float, ForeignKey, Integer, MetaData, Numeric, String, Table, func
from sqlalchemy.dialects.postgresql import MONEY
from sqlalchemy.orm import registry, relationship

metadata = MetaData()
mapper_registry = registry(metadata=metadata)

branches = Table(
    "branches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("street", CHAR(80), nullable=False),  #! padded-text
    Column("bank_code", CHAR(8), nullable=False, unique=True),
)
books = Table(
    "account_books",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("branch_id", Integer, ForeignKey("branches.id"), nullable=False),  #! foreign-key-without-index
    Column("balance", MONEY, nullable=False),  #! money-type
    Column("fee", Numeric, nullable=False),  #! numeric-without-precision
    Column("deposit", Float, nullable=False),  #! float-money
    Column("interest_rate", Float, nullable=False),
    Column("opened_at", String(30), nullable=False),  #! value-stored-as-text
    Column("modified_at", DateTime(timezone=True), server_default=func.now()),  #! stale-updated-at
)


class Branch:
    pass


class Book:
    pass


mapper_registry.map_imperatively(Branch, branches)
mapper_registry.map_imperatively(Book, books, properties={"branch": relationship(Branch)})
