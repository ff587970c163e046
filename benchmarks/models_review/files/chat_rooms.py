"""Chat: deletions that fail or load everything."""

import datetime
from typing import List, Optional

from sqlalchemy import DateTime, ForeignKey, String, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Room(Base):
    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(120))
    messages: Mapped[List["Message"]] = relationship(back_populates="room", cascade="all, delete-orphan")  #! cascade-loads-children
    pins: Mapped[List["Pin"]] = relationship(back_populates="room")  #! children-nullified-on-delete


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"), index=True)
    answer_to_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"), index=True)  #! set-null-on-not-null
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    room: Mapped[Room] = relationship(back_populates="messages")


class Pin(Base):
    __tablename__ = "pins"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
    note: Mapped[Optional[str]] = mapped_column(String(80), nullable=False)  #! nullable-mismatch
    room: Mapped[Room] = relationship(back_populates="pins")
