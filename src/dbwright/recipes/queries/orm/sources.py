"""What a SELECT reads from, and which attribute each of its columns is."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field

from sqlglot import exp

from dbwright.core.mapping import Mapper, Mapping, SQLType
from dbwright.core.schema import Table
from dbwright.recipes.queries.orm.names import Unsaid

_METHODS = ("add", "as_readonly", "compare", "get", "items", "keys", "remove", "update", "values")


@dataclass(slots=True)
class Source:
    """One entry of a FROM: `alias` as SQL names it, `code` as Python does.

    `columns` are the code of each column by its name in SQL, in the order that `*` gives them.
    """

    alias: str
    code: str
    columns: dict[str, str]
    types: dict[str, SQLType] = field(default_factory=dict)
    table: str | None = None
    nodes: tuple[str, ...] = ()
    whole: bool = False


@dataclass(slots=True)
class Scope:
    """A SELECT's sources by the names that stand in the text, and the SELECT around it."""

    sources: dict[str, Source] = field(default_factory=dict)
    outer: Scope | None = None
    outputs: dict[str, exp.Expr] = field(default_factory=dict)
    hoisted: dict[str, str] = field(default_factory=dict)
    reached: dict[str, bool] = field(default_factory=dict)

    def uses(self, table: str) -> bool:
        """Whether this SELECT, or one around it that it may name, reads a table by its class."""
        here = any(each.table == table for each in self.sources.values())
        return here or (self.outer is not None and self.outer.uses(table))

    def knows(self, alias: str) -> bool:
        """Whether an alias is taken here or around."""
        here = any(each.alias == alias for each in self.sources.values())
        return here or (self.outer is not None and self.outer.knows(alias))

    def find(self, column: exp.Column) -> tuple[Source, str]:
        """Gives the source of a column and the column's name; Unsaid where that is not certain."""
        name = folded(column.this)
        if column.table:
            found = self._qualified(folded(column.args["table"]), name)
        else:
            found = self._bare(name)
        self._reach(found[0])
        return found

    def _reach(self, source: Source) -> None:
        """Takes down which sources around are named, and whether they are further out."""
        scope: Scope | None = self
        while scope is not None and all(each is not source for each in scope.sources.values()):
            outer = scope.outer
            far = outer is not None and all(s is not source for s in outer.sources.values())
            scope.reached[source.code] = far
            scope = outer

    def _bare(self, name: str) -> tuple[Source, str]:
        found = [each for each in self.sources.values() if name in each.columns]
        if len(found) == 1:
            return found[0], name
        if found or self.outer is None:
            raise Unsaid(f"whose column {name} is")
        return self.outer._bare(name)

    def _qualified(self, table: str, name: str) -> tuple[Source, str]:
        source = self.sources.get(table)
        if source is None:
            if self.outer is None:
                raise Unsaid(f"what {table} is")
            return self.outer._qualified(table, name)
        if name not in source.columns:
            raise Unsaid(f"{table} has no mapped column {name}")
        return source, name


def folded(identifier: exp.Expr) -> str:
    """Gives a name as the catalog has it: in lower case unless it is quoted."""
    name = identifier.name
    return name if identifier.args.get("quoted") else name.lower()


def table_of(mapping: Mapping, node: exp.Table) -> Table | None:
    """Gives the table that a FROM names."""
    name = folded(node.this)
    schema = folded(node.args["db"]) if node.args.get("db") else None
    found = [
        table
        for table in mapping.schema.tables
        if table.name == name
        and (table.schema == schema or {table.schema, schema} <= {None, "public"})
    ]
    return found[0] if len(found) == 1 else None


def mapper_of(mapping: Mapping, table: Table) -> Mapper | None:
    """Gives the class of a table; None for none, or for several that stand side by side."""
    found = [mapper for mapper in mapping.mappers_of(table.key) if mapper.inheritance != "single"]
    if len(found) != 1 or found[0].inheritance is not None:
        return None
    alike = [mapper for mapper in mapping.mappers if mapper.name == found[0].name]
    return found[0] if len(alike) == 1 and found[0].name.isidentifier() else None


def columns_of(mapper: Mapper, code: str) -> tuple[dict[str, str], dict[str, SQLType]]:
    """Gives the columns of a class as code, and their types."""
    own = [each for each in mapper.attributes if each.table == mapper.table]
    return (
        {each.column: f"{code}.{each.name}" for each in own},
        {each.column: each.type for each in own},
    )


def dotted(code: str, name: str) -> str:
    """Gives a column of a collection, by its key where a dot would mean something else."""
    plain = name.isidentifier() and not keyword.iskeyword(name) and name not in _METHODS
    return f"{code}.{name}" if plain else f"{code}[{name!r}]"
