"""A tree level by level: one statement for each level."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "repeated-select"
# why = "as many statements as levels, each with the keys of a whole level"
# before = 5
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Folder(Base):
    __tablename__ = "folder"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"), index=True)
    children: Mapped[list["Folder"]] = relationship(back_populates="parent", order_by="Folder.id")
    parent: Mapped["Folder | None"] = relationship(
        back_populates="children", remote_side="Folder.id"
    )


def fill(session):
    for number in range(1, 16):
        session.add(Folder(id=number, name=f"folder {number}", parent_id=number // 2 or None))
        session.flush()


def work(session):
    level = session.scalars(select(Folder).where(Folder.parent_id.is_(None))).all()
    levels = []
    while level:
        levels.append([folder.name for folder in level])
        keys = [folder.id for folder in level]
        query = select(Folder).where(Folder.parent_id.in_(keys)).order_by(Folder.id)
        level = session.scalars(query).all()
    return levels
