"""Arrays that a FROM gives as rows."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries import tree


def given_as_rows(node: exp.Expr) -> exp.Column | None:
    """Gives the column whose elements a FROM gives as rows, by unnest()."""
    if isinstance(node, (exp.Lateral, exp.Table)) and isinstance(node.this, exp.Expr):
        node = node.this
    if isinstance(node, (exp.Unnest, exp.Explode)):
        found = node.expressions[0] if node.expressions else node.this
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "unnest":
        found = node.expressions[0] if len(node.expressions) == 1 else None
    else:
        return None
    return found if isinstance(found, exp.Column) else None


def names(node: exp.Expr) -> tuple[str, set[str]]:
    """Gives the alias of such rows, and the names of their one column."""
    alias = node.args.get("alias")
    if alias is None:
        return "", set()
    columns = {each.name for each in alias.args.get("columns") or ()}
    return alias.name, columns or {alias.name}


def asked(condition: exp.Expr, known: tuple[str, set[str]]) -> exp.Expr | None:
    """Gives the value that a condition holds the column of such rows equal to."""
    alias, columns = known
    if not isinstance(condition, exp.EQ):
        return None
    for one, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        mine = isinstance(one, exp.Column) and one.name in columns and one.table in ("", alias)
        if mine and isinstance(other, exp.Expr) and tree.is_constant(other):
            return other
    return None
