"""An index that serves a statement only in its plainer form, together with that form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from dbwright.core.finding import Remedy
from dbwright.core.query import Query
from dbwright.recipes.queries import tree

_WORDS = (
    exp.StrPosition, exp.StartsWith, exp.Left, exp.Right, exp.Substring, exp.Reverse,
    exp.RegexpLike, exp.RegexpILike, exp.JSONBExtractScalar, exp.ArrayPosition, exp.Coalesce,
    exp.Case,
)  # fmt: skip
_NAMES = ("jsonb_extract_path_text", "jsonb_exists", "jsonb_path_exists", "array_position")


def forms(query: Query, remedies: Sequence[Remedy]) -> Iterator[Remedy]:
    """Gives each index as one beside the plainer form of the statement, which it may need.

    Nothing where the statement is as it was given, or says the same without a function.
    """
    if not query.written or not is_reworded(query):
        return
    root = tree.parse(query.sql, query.target.dialect)
    if root is None:
        return
    from dbwright.recipes.queries.remedies import rewrite, with_index

    form = rewrite(query, root, "say it in the plain form", sqlalchemy="the condition below")
    for each in remedies:
        if each.kind == "index" and each.query is None and each.steps:
            yield with_index(form, each)


def is_reworded(query: Query) -> bool:
    """Whether a function of the statement is gone in its plainer form."""
    before = tree.loose(query.written, query.target.dialect)
    after = tree.loose(query.sql, query.target.dialect)
    if before is None or after is None:
        return False
    return _counted(before) > _counted(after)


def _counted(root: exp.Expr) -> int:
    named = sum(each.name.lower() in _NAMES for each in root.find_all(exp.Anonymous))
    return named + sum(1 for _ in root.find_all(*_WORDS))
