"""Who did what, kept for the auditors."""

from typing import Any

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.models.base import Base, BigIntKey, CreatedAt


class AuditEvent(Base):
    """Something that a person or a program did to an object.

    Events outlive the people and the objects they are about, so neither the actor nor the
    object has a foreign key.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_created_at", "created_at"),
        Index("ix_audit_events_object", "object_type", "object_id"),
    )

    id: Mapped[BigIntKey]
    actor_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="users.id; no foreign key: events outlive users"
    )
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[CreatedAt]
