"""Statements about rows as sqlglot's trees."""

from __future__ import annotations

from sqlglot import exp


def as_select(tree: exp.Expr) -> exp.Select | None:
    """Gives the SELECT of the rows that an UPDATE or DELETE of one table is about.

    None for any other statement.
    """
    if not isinstance(tree, (exp.Update, exp.Delete)) or not isinstance(tree.this, exp.Table):
        return None
    joined = tree.this.args.get("joins") or tree.args.get("using") or tree.args.get("from_")
    if joined or tree.args.get("tables") or tree.args.get("with_"):
        return None
    found = exp.select("*").from_(tree.this.copy())
    for part in ("where", "order", "limit"):
        if tree.args.get(part) is not None:
            found.set(part, tree.args[part].copy())
    return found
