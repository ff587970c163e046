#! target: sqlite
"""A small program on SQLite."""

from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Notebook(Base):
    __tablename__ = "notebooks"

    id = Column(Integer, primary_key=True)
    title = Column(String, nullable=False)
    notes = relationship("Note")  #! children-nullified-on-delete


class Note(Base):
    __tablename__ = "notes"

    id = Column(Integer, primary_key=True)
    notebook_id = Column(Integer, ForeignKey("notebooks.id"), nullable=False)  #! foreign-key-without-index
    label_ids = Column(String, nullable=False)  #! multi-valued-text
    body = Column(String, nullable=False, index=True)


class Setting(Base):
    __tablename__ = "settings"

    key = Column(String, primary_key=True)
    value = Column(String, nullable=False)
