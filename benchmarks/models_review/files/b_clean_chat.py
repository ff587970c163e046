"""Near to dynamic collections: write-only and raise, a uuid that grows, deferred bytes."""

import datetime
import uuid

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, LargeBinary, MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, WriteOnlyMapped, mapped_column, relationship


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


class Room(Base):
    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(String(60))
    messages: WriteOnlyMapped["Message"] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )
    guests: Mapped[list["Guest"]] = relationship(lazy="raise", passive_deletes="all")


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    sound: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Guest(Base):
    __tablename__ = "guests"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
