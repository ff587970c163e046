"""Files kept in rows: every SELECT of the object brings the bytes along."""

import datetime

from sqlalchemy import Column, DateTime, ForeignKey, Integer, LargeBinary, MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, deferred, mapped_column


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


class Document(Base):
    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)  #! loaded-blob
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    preview: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sent_at: Mapped[datetime.datetime] = mapped_column(DateTime, server_default=func.now())  #! naive-datetime


class Photo(Base):
    __tablename__ = "photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))  #! foreign-key-without-index
    image = Column(LargeBinary, nullable=False)  #! loaded-blob
    raw = deferred(Column(LargeBinary, nullable=False))
    taken_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
