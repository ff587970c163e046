"""JSON that is replaced, tracked or only stored."""

from sqlalchemy import JSON, String, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    preferences: Mapped[dict] = mapped_column(MutableDict.as_mutable(JSONB), default=dict)
    tags: Mapped[list[str]] = mapped_column(MutableList.as_mutable(ARRAY(String(20))), default=list)
    profile: Mapped[dict] = mapped_column(JSONB, default=dict)
    headers: Mapped[dict] = mapped_column(JSON, default=dict)

    def set_theme(self, theme: str) -> None:
        self.preferences["theme"] = theme
        self.tags.append(theme)

    def rename(self, name: str) -> None:
        profile = dict(self.profile)
        profile["name"] = name
        self.profile = profile


def answer(response, user: User) -> None:
    response.headers["X-User"] = str(user.id)


def in_city(session: Session, city: str) -> list[User]:
    return list(session.scalars(select(User).where(User.profile["city"].as_string() == city)))
