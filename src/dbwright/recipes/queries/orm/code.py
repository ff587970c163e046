"""A statement as code that can be run: its imports, its text, and what it must compile to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbwright.core.mapping import Mapping
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.orm import expressions, selects
from dbwright.recipes.queries.orm.layout import laid_out
from dbwright.recipes.queries.orm.names import OUTPUT, Names, Unsaid
from dbwright.recipes.queries.orm.same import is_same
from dbwright.recipes.queries.orm.writer import Writer


@dataclass(frozen=True, slots=True)
class Code:
    """Code that assigns a statement to the name `statement`.

    `imports` are of SQLAlchemy and the library, `classes` the mapped classes by name with where
    they are, `tables` the variables of tables without a class, `parameters` the names that the
    caller must have, with the placeholder that each stands for.
    """

    imports: tuple[str, ...]
    lines: tuple[str, ...]
    classes: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    meant: exp.Expr
    dialect: str

    @property
    def run(self) -> str:
        """What is run for the proof: everything but the classes, the tables and the values."""
        return "\n".join([*self.imports, *self.lines])

    @property
    def shown(self) -> str:
        """What is pasted."""
        tables = [f'{name} = metadata.tables["{key}"]' for name, key in self.tables]
        own = [f"from {module} import {name}" for name, module in _modules(self.classes)]
        body = [laid_out(line) for line in self.lines]
        theirs = [line for line in self.imports if line.startswith("from sqlalchemy")]
        library = [line for line in self.imports if line not in theirs]
        blocks = (library, theirs, own, [*tables, *body])
        return "\n\n".join("\n".join(block) for block in blocks if block)

    def compiles_to(self, sql: str) -> bool:
        """Whether what the code was compiled to is the statement that it was written from."""
        return is_same(self.meant, sql, self.dialect)


def _modules(classes: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for name, qualified in sorted(classes):
        found.setdefault(qualified.removesuffix(f".{name}"), []).append(name)
    return [(", ".join(names), module) for module, names in sorted(found.items())]


def written(
    sql: str, mapping: Mapping, dialect: str, placeholders: tuple[str, ...] = ()
) -> Code | None:
    """Gives the code of a SELECT, None where it cannot be said exactly.

    `placeholders` are the parameters as the user writes them (":since"), in the order of their
    numbers. The code is not proved yet: run it, and ask `compiles_to` of what came out.
    """
    found = tree.parse(sql, dialect)
    if found is None:
        return None
    root = found.copy()
    names = Names(mapping)
    writer = Writer(mapping, dialect, names, placeholders)
    writer.say_expression, writer.say_query = expressions.say, selects.say
    try:
        code = writer.query(root, None)
    except (Unsaid, SqlglotError, RecursionError):
        return None
    return Code(
        tuple(names.lines()),
        (*writer.lines, f"{OUTPUT} = {code}"),
        tuple(names.classes.items()),
        tuple((name, key) for key, name in names.tables.items()),
        tuple(names.parameters.items()),
        root,
        dialect,
    )
