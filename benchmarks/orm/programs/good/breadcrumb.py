"""The way from one folder up to the root."""

# /// label
# on = ["sqlite", "psycopg"]
# looks = "lazy-load"
# why = "a walk of bounded depth from one object: each key is known only from the row before"
# before = 4
# ///

from sqlalchemy import ForeignKey, String
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
    folder = session.get(Folder, 12)
    path = [folder.name]
    while folder.parent is not None:
        folder = folder.parent
        path.append(folder.name)
    return path[::-1]
