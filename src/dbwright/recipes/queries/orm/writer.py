"""The state of one statement being written, and what its parts share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from dbwright.core.mapping import Mapping, SQLType
from dbwright.recipes.queries.orm.names import Names, Unsaid
from dbwright.recipes.queries.orm.sources import Scope, Source
from dbwright.recipes.queries.tree import GLOT


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of code. `sql` is whether it is SQLAlchemy's expression and no value of Python.

    `atom` says that it can stand before a dot and beside any operator.
    """

    text: str
    atom: bool = True
    sql: bool = True
    type: SQLType | None = None


@dataclass
class Writer:
    """Writes expressions and SELECTs into code; raises Unsaid for what cannot be said."""

    mapping: Mapping
    dialect: str
    names: Names
    placeholders: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    ctes: dict[str, Source] = field(default_factory=dict)
    say_expression: Callable[[Writer, Scope, exp.Expr], Said] | None = None
    say_query: Callable[[Writer, exp.Expr, Scope | None], str] | None = None

    def say(self, scope: Scope, node: exp.Expr | None) -> Said:
        """Gives an expression's code."""
        if node is None or self.say_expression is None:
            raise Unsaid("a part that is missing")
        return self.say_expression(self, scope, node)

    def query(self, node: exp.Expr, outer: Scope | None) -> str:
        """Gives a SELECT's code; `outer` is what a correlated one may name."""
        assert self.say_query is not None
        return self.say_query(self, node, outer)

    def element(self, scope: Scope, node: exp.Expr | None) -> str:
        """Gives an expression's code that can stand before a dot or an operator."""
        found = self.say(scope, node)
        if not found.sql:
            if found.text in self.names.parameters:
                raise Unsaid("a parameter alone")
            return f"{self.name('literal')}({found.text})"
        return found.text if found.atom else f"({found.text})"

    def operand(self, scope: Scope, node: exp.Expr | None) -> str:
        """Gives an expression's code that can stand on the right of an operator."""
        found = self.say(scope, node)
        return found.text if found.atom else f"({found.text})"

    def name(self, name: str, module: str = "sqlalchemy") -> str:
        """Gives a name that is imported."""
        return self.names.imported(name, module)

    def sql(self, node: exp.Expr) -> str:
        """Gives an expression's SQL."""
        return node.sql(dialect=GLOT[self.dialect])

    def constant(self, node: exp.Expr) -> Said:
        """Gives a constant expression as the SQL that it is."""
        return Said(f"{self.name('literal_column')}({self.sql(node)!r})")

    def parameter(self, node: exp.Expr) -> Said:
        """Gives the name of a parameter: the user's own, or that of what it is compared with."""
        number = re.fullmatch(r"\$(\d+)", self.sql(node))
        if number is None:
            raise Unsaid(f"the parameter {self.sql(node)}")
        place = int(number[1]) - 1
        given = self.placeholders[place] if place < len(self.placeholders) else ""
        words = re.search(r"[A-Za-z_]\w*", given.removesuffix("s") if given == "%s" else given)
        wanted = words[0] if words else _beside(node)
        return Said(self.names.parameter(number[0], wanted), sql=False)


def _beside(node: exp.Expr) -> str:
    parent = node.parent
    if isinstance(parent, exp.Limit):
        return "limit"
    if isinstance(parent, exp.Offset):
        return "offset"
    column = parent.find(exp.Column) if parent is not None else None
    return column.name if column is not None else "value"
