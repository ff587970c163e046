"""Media in joined inheritance, 1.4 style."""

from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Medium(Base):
    __tablename__ = "media"

    id = Column(Integer, primary_key=True)
    kind = Column(String(20))  #! nullable-discriminator
    title = Column(String(120), nullable=False)
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "medium"}


class Film(Medium):
    __tablename__ = "films"

    id = Column(Integer, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    minutes = Column(Integer, nullable=False)
    __mapper_args__ = {"polymorphic_identity": "film"}


class Album(Medium):  #! mapper-problem
    __tablename__ = "albums"

    id = Column(Integer, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    tracks = relationship("Track", lazy="dynamic", passive_deletes="all")  #! dynamic-relationship


class Track(Base):
    __tablename__ = "tracks"

    id = Column(Integer, primary_key=True)
    album_id = Column(Integer, ForeignKey("albums.id"), nullable=False, index=True)
    artist_id = Column(Integer, ForeignKey("artists.id"))  #! foreign-key-without-index


class Artist(Base):
    __tablename__ = "artists"

    id = Column(Integer, primary_key=True)
    aliases = Column(String(500), doc="comma-separated")  #! multi-valued-text

    def alias_list(self):
        return self.aliases.split(",")
