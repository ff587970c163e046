"""People and programs that use the shop."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, String, Text, false, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.models.base import Base, BigIntKey, CreatedAt

if TYPE_CHECKING:
    from shop.models.orders import Order


class User(Base):
    """A customer or a colleague; both sign in with their e-mail address."""

    __tablename__ = "users"

    id: Mapped[BigIntKey]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password_hash: Mapped[str]
    full_name: Mapped[str] = mapped_column(String(200), nullable=True)
    is_active: Mapped[bool] = mapped_column(server_default=true())
    is_staff: Mapped[bool] = mapped_column(server_default=false())
    marketing_opt_in: Mapped[bool | None]
    preferences: Mapped[dict[str, Any]] = mapped_column(JSONB, default={})
    last_login_at: Mapped[datetime | None] = mapped_column(DateTime)
    created_at: Mapped[CreatedAt]

    profile: Mapped["Profile | None"] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )
    addresses: Mapped[list["Address"]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )
    # Orders have to be kept for ten years, so the database refuses to delete a customer
    # who has some. The session must not touch them on the way.
    orders: Mapped[list["Order"]] = relationship(back_populates="user", passive_deletes="all")

    def __repr__(self) -> str:
        return f"<User {self.id}>"


class Profile(Base):
    """What a customer tells about themselves; shown next to their reviews."""

    __tablename__ = "profiles"

    id: Mapped[BigIntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    display_name: Mapped[str] = mapped_column(String(60))
    bio: Mapped[str | None]
    avatar_url: Mapped[str | None]
    birthday: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="profile")


class Address(Base):
    """An address to ship to."""

    __tablename__ = "addresses"
    __table_args__ = (
        CheckConstraint("country_code ~ '^[A-Z]{2}$'", name="ck_addresses_country_code"),
    )

    id: Mapped[BigIntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    recipient: Mapped[str]
    line1: Mapped[str]
    line2: Mapped[str | None]
    postal_code: Mapped[str] = mapped_column(String(16))
    city: Mapped[str]
    country_code: Mapped[str] = mapped_column(String(2))

    user: Mapped[User] = relationship(back_populates="addresses")


class ApiClient(Base):
    """A partner's program: the price comparison sites, the till in the café."""

    __tablename__ = "api_clients"

    id: Mapped[BigIntKey]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    api_token: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    created_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"<ApiClient {self.name} token={self.api_token}>"


class PasswordReset(Base):
    """A password reset that was asked for; the token itself is only in the mail."""

    __tablename__ = "password_resets"

    id: Mapped[BigIntKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"<PasswordReset {self.id} user={self.user_id}>"
