"""Self-reference, one level: the children of each folder."""

# /// label
# on = ["sqlite", "pymysql"]
# static = true
# root = "Folder"
# option = "selectinload(Folder.children)"
# before = 8
# after = 2
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
    query = select(Folder).where(Folder.id < 8).order_by(Folder.id)  #> root
    return {
        folder.name: [child.name for child in folder.children]  #! lazy-load Folder.children
        for folder in session.scalars(query)  #> loop
    }
