"""A zoo in single-table inheritance: a child's NOT NULL column refuses all other children."""

from sqlalchemy import Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Bird(Animal):
    wingspan: Mapped[int] = mapped_column(Integer)  #! single-table-not-null
    ring: Mapped[str | None] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_identity": "bird"}


class Fish(Animal):
    tank_size: Mapped[int] = mapped_column(Integer, server_default="0")
    depth: Mapped[int] = mapped_column(Integer, nullable=False)  #! single-table-not-null
    __mapper_args__ = {"polymorphic_identity": "fish"}


class Penguin(Bird):  #! mapper-problem
    pass
