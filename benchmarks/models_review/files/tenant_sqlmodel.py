"""Workspaces as tenants, SQLModel."""

from typing import Optional

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class Workspace(SQLModel, table=True):
    __tablename__ = "workspaces"

    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(max_length=80)


class Board(SQLModel, table=True):
    __tablename__ = "boards"
    __table_args__ = (UniqueConstraint("workspace_id", "title", name="uq_boards_title"),)

    id: Optional[int] = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspaces.id")
    title: str = Field(max_length=80)


class Label(SQLModel, table=True):
    __tablename__ = "labels"

    id: Optional[int] = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspaces.id", index=True)
    name: str = Field(max_length=40, unique=True)  #! unique-across-tenants


class Card(SQLModel, table=True):
    __tablename__ = "cards"

    id: Optional[int] = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspaces.id", index=True)
    board_id: int = Field(foreign_key="boards.id", index=True)  #! cross-tenant-foreign-key
    title: str = Field(max_length=200)


class Sprint(SQLModel, table=True):
    __tablename__ = "sprints"

    id: Optional[int] = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspaces.id", index=True)
    title: str = Field(max_length=80)


class Webhook(SQLModel, table=True):  #! missing-tenant-key
    __tablename__ = "webhooks"

    id: Optional[int] = Field(default=None, primary_key=True)
    url: str = Field(max_length=500)
    failures: int = 0
    note: str = Field(max_length=500)
