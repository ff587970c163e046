"""The form in which a model answers; pydantic refuses any other."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dbwright.frontends.agent.judge import Statement as Said


class Statement(BaseModel):
    """A short statement, the ids that it rests on, and code that it brings."""

    model_config = ConfigDict(extra="ignore")

    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    cites: Annotated[
        list[Annotated[str, Field(max_length=40)]],
        Field(max_length=20, description="Ids of tool results: r1, c1. Empty: your own words."),
    ] = []
    code: Annotated[
        str, Field(max_length=20_000, description="Code that you wrote yourself, else empty.")
    ] = ""
    language: Annotated[
        Literal["sql", "models", "migration", "python", "text"],
        Field(description="What `code` is: one SELECT, a module of models, a revision, other."),
    ] = "sql"
    instead_of: Annotated[
        str, Field(max_length=40, description="For a SELECT: the pasted one that it replaces, s1.")
    ] = ""


class Answer(BaseModel):
    """The answer, statement by statement; the first matters most."""

    statements: Annotated[list[Statement], Field(min_length=1, max_length=30)]

    def read(self) -> list[Said]:
        """Gives the statements as plain values."""
        return [
            Said(s.text, tuple(dict.fromkeys(s.cites)), s.code, s.language, s.instead_of)
            for s in self.statements
        ]
