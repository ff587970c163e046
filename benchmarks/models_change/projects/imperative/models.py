"""Plain classes, mapped by hand."""

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Table, func
from sqlalchemy.orm import registry, relationship

mapper_registry = registry()
Base = mapper_registry.generate_base()

accounts = Table(
    "accounts",
    mapper_registry.metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

logins = Table(
    "logins",
    mapper_registry.metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "account_id",
        Integer,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("at", DateTime(timezone=True), nullable=False),
)


class Account:
    pass


class Login:
    pass


mapper_registry.map_imperatively(
    Account,
    accounts,
    properties={
        "logins": relationship("Login", back_populates="account", passive_deletes="all"),
    },
)
mapper_registry.map_imperatively(
    Login, logins, properties={"account": relationship("Account", back_populates="logins")}
)
