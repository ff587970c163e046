"""SQLModel without a fault."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Optional

from sqlalchemy import Column, DateTime, Numeric, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship, SQLModel


class Team(SQLModel, table=True):
    __tablename__ = "teams"

    id: Optional[int] = Field(default=None, primary_key=True)
    slug: str = Field(max_length=60, unique=True)
    heroes: list["Hero"] = Relationship(
        back_populates="team", sa_relationship_kwargs={"passive_deletes": "all"}
    )


class Hero(SQLModel, table=True):
    __tablename__ = "heroes"

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    team_id: int = Field(foreign_key="teams.id", index=True)
    name: str = Field(max_length=80)
    key_hash: str = Field(max_length=64, repr=False)
    wage: Decimal = Field(sa_column=Column(Numeric(10, 2), nullable=False))
    powers: dict = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    updated_at: Optional[datetime] = Field(
        default=None,
        sa_column=Column(DateTime(timezone=True), server_default=func.now(), onupdate=func.now()),
    )
    team: Team = Relationship(back_populates="heroes")

    def learn(self, power: str, level: int) -> None:
        self.powers = {**self.powers, power: level}
