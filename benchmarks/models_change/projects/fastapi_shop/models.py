from datetime import datetime
from typing import Optional

from sqlalchemy import DateTime, func
from sqlmodel import Field, Relationship, SQLModel


class Team(SQLModel, table=True):
    __tablename__ = "teams"

    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, unique=True)

    heroes: list["Hero"] = Relationship(
        back_populates="team", sa_relationship_kwargs={"passive_deletes": True}
    )


class Hero(SQLModel, table=True):
    __tablename__ = "heroes"

    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, index=True)
    age: Optional[int] = None
    team_id: Optional[int] = Field(
        default=None, foreign_key="teams.id", ondelete="SET NULL", index=True
    )
    joined_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )

    team: Optional[Team] = Relationship(back_populates="heroes")
