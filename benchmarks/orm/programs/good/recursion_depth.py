"""A tree by selectinload with recursion_depth."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "lazy-load"
# why = "one statement for each level"
# before = 5
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


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


def outline(folder):
    return [folder.name, [outline(child) for child in folder.children]]


def work(session):
    query = select(Folder).where(Folder.parent_id.is_(None))
    query = query.options(selectinload(Folder.children, recursion_depth=4))
    return outline(session.scalars(query).one())
