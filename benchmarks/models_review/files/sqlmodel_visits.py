"""Visits of a site, SQLModel: values as text, a state without a check, changes that are lost."""

from typing import Optional

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class Visitor(SQLModel, table=True):
    __tablename__ = "visitors"

    id: Optional[int] = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True)  #! case-sensitive-email
    last_ip: str = Field(max_length=45)  #! value-stored-as-text
    status: str = Field(max_length=10)  #! open-status
    flags: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  #! lost-json-change
    refresh_token: str = Field(max_length=64, repr=False)  #! plain-secret


class Visit(SQLModel, table=True):
    __tablename__ = "visits"

    id: Optional[int] = Field(default=None, primary_key=True)
    visitor_id: int = Field(foreign_key="visitors.id", index=True)
    left_at: Optional[str] = Field(default=None, max_length=30)  #! value-stored-as-text


def flag(visitor: Visitor, name: str) -> None:
    visitor.flags[name] = True
