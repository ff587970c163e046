"""Heroes and teams, SQLModel."""

from datetime import datetime
from typing import Optional

from sqlalchemy import JSON, Column, DateTime
from sqlmodel import Field, Relationship, SQLModel


class Team(SQLModel, table=True):
    __tablename__ = "teams"

    id: Optional[int] = Field(default=None, primary_key=True)
    slug: str = Field(max_length=60)  #! missing-natural-unique
    heroes: list["Hero"] = Relationship(back_populates="team", cascade_delete=True)  #! cascade-without-on-delete


class Hero(SQLModel, table=True):
    __tablename__ = "heroes"

    id: Optional[int] = Field(default=None, primary_key=True)
    team_id: int = Field(foreign_key="teams.id")  #! foreign-key-without-index
    name: str = Field(max_length=80)
    api_token: str = Field(max_length=64)  #! plain-secret, secret-in-repr
    powers: dict = Field(default={}, sa_column=Column(JSON, nullable=False))  #! lost-json-change
    joined_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    team: Team = Relationship(back_populates="heroes")

    def learn(self, power: str, level: int) -> None:
        self.powers[power] = level
