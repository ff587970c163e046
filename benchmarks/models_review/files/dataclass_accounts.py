"""Accounts as mapped dataclasses: the generated repr shows every field."""

import datetime
import random
import string
from typing import Optional

from sqlalchemy import DateTime, ForeignKey, LargeBinary, PickleType, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship


class Base(MappedAsDataclass, DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    password: Mapped[str] = mapped_column(String(100))  #! plain-secret, secret-in-repr
    otp_secret: Mapped[Optional[str]] = mapped_column(String(32), default=None, repr=False)  #! plain-secret
    profile: Mapped[Optional["Profile"]] = relationship(default=None, back_populates="account", passive_deletes="all")
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), init=False
    )


class Profile(Base):
    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True, init=False)  #! one-to-one-without-unique
    state: Mapped[dict] = mapped_column(PickleType)  #! pickled-column
    picture: Mapped[Optional[bytes]] = mapped_column(LargeBinary, deferred=True, default=None)
    account: Mapped[Account] = relationship(default=None, back_populates="profile")


def reset_code() -> str:
    return "".join(random.choice(string.digits) for _ in range(8))  #! weak-random
