"""Arguments: those of one Alembic call by their names, each read as what it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbwright.collect.revisions_expressions import expression, server_default
from dbwright.collect.revisions_values import UNKNOWN, Made
from dbwright.core.place import Place
from dbwright.core.schema import qualified

# the schema that an unqualified name means; the catalog leaves it away
DEFAULT_SCHEMAS = {"postgresql": "public", "sqlite": "main"}


class Unclear(Exception):
    """An argument that the call depends on could not be read."""


class Arguments:
    """The arguments of one call.

    `names` are those of the positional parameters; what comes after them is `rest`. Asking for
    an argument that is not known raises Unclear.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        dialect: str | None,
        place: Place,
    ) -> None:
        self.dialect = dialect
        self.place = place
        self.keywords = keywords
        self.rest = arguments[len(names) :]
        self._values = {**dict(zip(names, arguments, strict=False)), **keywords}
        if "**" in keywords or any(argument is UNKNOWN for argument in self.rest):
            raise Unclear("*")

    def has(self, *names: str) -> bool:
        """Whether one of these is given."""
        return any(name in self._values for name in names)

    def raw(self, *names: str, default: Any = None) -> Any:
        """Gives the first of these that is given, as it was read; unknown raises Unclear."""
        for name in names:
            if name in self._values:
                value = self._values[name]
                if value is UNKNOWN:
                    raise Unclear(name)
                return value
        return default

    def text(self, *names: str) -> str:
        """Gives a name or another text that has to be there."""
        found = self.optional(*names)
        if found is None:
            raise Unclear(names[0])
        return found

    def optional(self, *names: str) -> str | None:
        """Gives a name or another text, None where there is none."""
        return plain_text(self.raw(*names))

    def flag(self, *names: str) -> bool:
        """Gives a switch, false where it is not given."""
        value = self.raw(*names)
        if value is None or isinstance(value, (bool, int)):
            return bool(value)
        raise Unclear(names[0])

    def texts(self, *names: str) -> tuple[str, ...]:
        """Gives a list of names; a single one may stand for itself."""
        value = self.raw(*names, default=())
        if isinstance(value, str):
            return (value,)
        return texts_of(value)

    def schema(self, name: str = "schema") -> str | None:
        """Gives the schema, None for the database's default one."""
        found = self.optional(name)
        return None if found == DEFAULT_SCHEMAS.get(self.dialect or "") else found

    def table(self, *names: str, schema: str = "schema") -> str:
        """Gives the key of the table that the call is about."""
        return qualified(self.text(*(names or ("table_name", "source"))), self.schema(schema))

    def option(self, name: str) -> Any:
        """Gives a dialect's own option: `where` for `postgresql_where=…`."""
        if self.dialect:
            # MariaDB takes MySQL's options as well
            like = _LIKE.get(self.dialect, self.dialect)
            return self.raw(f"{self.dialect}_{name}", f"{like}_{name}")
        found = [key for key in self.keywords if key.endswith(f"_{name}")]
        return self.raw(*found) if found else None

    def expression(self, value: Any) -> str:
        """Gives the SQL of an expression."""
        found = expression(value, self.dialect)
        if found is None:
            raise Unclear("expression")
        return found

    def server_default(self, value: Any) -> str:
        """Gives the SQL of a server default."""
        found = server_default(value, self.dialect)
        if found is None:
            raise Unclear("server_default")
        return found


_LIKE = {"mariadb": "mysql"}


def plain_text(value: Any) -> str | None:
    """Gives a text, also inside `quoted_name("…")` or `conv("…")`; another value raises Unclear."""
    if isinstance(value, Made) and value.name in ("quoted_name", "conv", "_NONE_NAME"):
        value = value.arguments[0] if value.arguments else None
    if value is None or isinstance(value, str):
        return value
    raise Unclear("text")


def texts_of(values: Any) -> tuple[str, ...]:
    """Gives a list of names; what is not one raises Unclear."""
    if not isinstance(values, (list, tuple)):
        raise Unclear("list")
    found = []
    for value in values:
        if isinstance(value, Made) and value.name == "column" and value.arguments:
            value = value.arguments[0]
        text = plain_text(value)
        if text is None:
            raise Unclear("list")
        found.append(text)
    return tuple(found)
