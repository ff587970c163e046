"""A blog in the style of SQLAlchemy 1.3: declarative_base(), Column, backref."""

from datetime import datetime

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Table, Text
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()  #! legacy-base

post_tags = Table(  #! association-without-key
    "post_tags",
    Base.metadata,
    Column("post_id", Integer, ForeignKey("posts.id"), index=True),
    Column("tag_id", Integer, ForeignKey("tags.id"), index=True),
)


class Author(Base):
    __tablename__ = "authors"

    id = Column(Integer, primary_key=True)
    name = Column(String(80), nullable=False)
    password = Column(String(80), nullable=False)  #! plain-secret
    active = Column(Boolean)  #! nullable-boolean
    posts = relationship("Post", backref="author", cascade="all, delete-orphan")  #! cascade-without-on-delete, hidden-backref

    def __repr__(self):
        return "<Author %s %s>" % (self.name, self.password)  #! secret-in-repr


class Post(Base):
    __tablename__ = "posts"

    id = Column(Integer, primary_key=True)
    author_id = Column(Integer, ForeignKey("authors.id"), nullable=False, index=True)
    slug = Column(String(80), nullable=False)  #! missing-natural-unique
    body = Column(Text, nullable=False)
    published_at = Column(DateTime(timezone=True), default=datetime.utcnow())  #! evaluated-default
    tags = relationship("Tag", secondary=post_tags)


class Tag(Base):
    __tablename__ = "tags"

    id = Column(Integer, primary_key=True)
    name = Column(String(40), nullable=False, unique=True)
