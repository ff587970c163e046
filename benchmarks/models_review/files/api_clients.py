"""Clients of an API: keys stored as they are beside some that are hidden."""

import datetime
import hashlib
import secrets

from sqlalchemy import DateTime, ForeignKey, MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Client(Base):
    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    api_key: Mapped[str] = mapped_column(String(64), unique=True)  #! plain-secret
    webhook_secret: Mapped[str | None] = mapped_column(String(64))  #! plain-secret
    key_prefix: Mapped[str] = mapped_column(String(8))
    key_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    calls: Mapped[list["Call"]] = relationship(back_populates="client", passive_deletes=True)

    def __repr__(self) -> str:
        return f"<Client {self.name} {self.api_key}>"  #! secret-in-repr


class Session(Base):
    __tablename__ = "client_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(
        ForeignKey("clients.id", ondelete="CASCADE"), index=True
    )
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)

    def renew(self) -> str:
        token = secrets.token_urlsafe(32)
        self.token_digest = hashlib.sha256(token.encode()).hexdigest()
        return token


class Call(Base):
    __tablename__ = "client_calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))  #! foreign-key-without-index
    path: Mapped[str] = mapped_column(String(200))
    client: Mapped[Client] = relationship(back_populates="calls")
