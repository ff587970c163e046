"""Preferences in JSON: changes that are lost, and searches that no index can serve."""

from sqlalchemy import ARRAY, JSON, ForeignKey, String, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import flag_modified


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    preferences: Mapped[dict] = mapped_column(JSONB, default=dict)  #! lost-json-change
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(20)), default=list)  #! lost-json-change
    history: Mapped[list] = mapped_column(JSONB, default=list)
    address: Mapped[dict] = mapped_column(JSONB, default=dict)
    profile: Mapped[dict] = mapped_column(JSON, default=dict)  #! queried-json

    def set_theme(self, theme: str) -> None:
        self.preferences["theme"] = theme

    def visited(self, page: str) -> None:
        self.history.append(page)
        flag_modified(self, "history")

    def moved(self, city: str) -> None:
        self.address = {**self.address, "city": city}


class Device(Base):
    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    facts: Mapped[dict] = mapped_column(JSON, default=dict)


def tag(user: User, word: str) -> None:
    user.tags.append(word)


def in_city(session: Session, city: str) -> list[User]:
    return list(session.scalars(select(User).where(User.profile["city"].as_string() == city)))
