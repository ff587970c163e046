"""A help desk for several companies: most tables say whose their rows are, 2.0 style."""

import datetime

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Tenant(Base):
    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    subdomain: Mapped[str] = mapped_column(String(63), unique=True)


class Queue(Base):
    __tablename__ = "queues"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name", name="uq_queues_tenant_name"),
        UniqueConstraint("tenant_id", "id", name="uq_queues_tenant_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    name: Mapped[str] = mapped_column(String(80))


class Ticket(Base):
    __tablename__ = "tickets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "queue_id"], ["queues.tenant_id", "queues.id"], name="fk_tickets_queue"
        ),
        Index("ix_tickets_queue", "tenant_id", "queue_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    queue_id: Mapped[int]
    number: Mapped[str] = mapped_column(String(20), unique=True)  #! unique-across-tenants
    subject: Mapped[str] = mapped_column(String(200))


class Reply(Base):
    __tablename__ = "replies"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)  #! cross-tenant-foreign-key
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Snippet(Base):  #! missing-tenant-key
    __tablename__ = "snippets"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    edited_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
