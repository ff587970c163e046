"""SQLModel with everything in its place."""

from sqlmodel import Field, Relationship, SQLModel


class Team(SQLModel, table=True):
    __tablename__ = "teams"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60, unique=True)
    motto: str | None = Field(default=None, max_length=120)
    heroes: list["Hero"] = Relationship(back_populates="team", passive_deletes="all")


class Hero(SQLModel, table=True):
    __tablename__ = "heroes"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    age: int | None = None
    team_id: int = Field(foreign_key="teams.id", ondelete="RESTRICT", index=True)
    team: Team = Relationship(back_populates="heroes")
