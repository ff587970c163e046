"""Mapped dataclasses without a fault."""

import datetime
import secrets
from typing import Optional

from sqlalchemy import DateTime, ForeignKey, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship


class Base(MappedAsDataclass, DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str] = mapped_column(String(100), repr=False)
    token_version: Mapped[int] = mapped_column(default=0)
    secret_santa: Mapped[Optional[str]] = mapped_column(String(40), default=None)
    profile: Mapped[Optional["Profile"]] = relationship(
        default=None, back_populates="account", passive_deletes="all"
    )
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), init=False
    )


class Profile(Base):
    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True, init=False)
    color: Mapped[str] = mapped_column(String(7), default="#ffffff")
    account: Mapped[Account] = relationship(default=None, back_populates="profile")


def reset_code() -> str:
    return secrets.token_urlsafe(16)
