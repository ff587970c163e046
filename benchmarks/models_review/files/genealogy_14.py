"""A family tree in 1.4 style: the parent's side is missing its remote side."""

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, relationship


class Base(DeclarativeBase):
    pass


class Relative(Base):
    __tablename__ = "relatives"

    id = Column(Integer, primary_key=True)
    parent_id = Column(Integer, ForeignKey("relatives.id"))  #! foreign-key-without-index
    name = Column(String(80), nullable=False)
    born_on = Column(Date)
    death_date = Column(String(20))  #! value-stored-as-text
    nicknames = Column(ARRAY(Text), nullable=False, default=list)  #! lost-json-change
    secret = Column(Text)  #! plain-secret
    parent = relationship("Relative")  #! annotation-against-key

    def call(self, name):
        self.nicknames.append(name)


def forget(relative, name):
    relative.nicknames.remove(name)
