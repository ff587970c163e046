"""sqlglot's optimizer: another text of the query. It names no cause."""

from __future__ import annotations

from pathlib import Path

from tools.answer import Answer, Question, Said, in_environment

NAME = "sqlglot"
DIALECTS = ("postgresql", "sqlite")


def ask(question: Question, home: Path) -> Answer:
    """Its text, where it is more than the query with its names qualified."""
    told = in_environment(home, "ask_sqlglot.py", question)
    advice = [Said("rewrite", "optimized", told["sql"])] if told["changed"] else []
    return Answer(advice=advice, words=told["sql"])
