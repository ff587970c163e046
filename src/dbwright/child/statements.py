"""The statements that the mappers send: what the running application, the old code, relies on."""

from __future__ import annotations

from typing import Any

from . import configure, locate, mappers, tables
from .configure import qualified
from .state import current


def statements(**source: Any) -> list[dict[str, Any]]:
    """Gives SELECT, INSERT, UPDATE and DELETE of each mapper, parameters named and apart.

    A table that no class is mapped to has them too: Core and `secondary` use it.

    Parameters stand as `%(name)s`, on SQLite as `:name`. A joined class has one INSERT for each
    of its tables, the base's first.
    """
    found = locate.find(**source)
    chosen = mappers.of_metadata(found.metadata)
    configure.configured(chosen)
    writer = Writer()
    result: list[dict[str, Any]] = []
    for mapper in chosen:
        result += writer.of_mapper(mapper)
    mapped = {table for mapper in chosen for table in mapper.tables}
    for metadata in found.metadata:
        for table in metadata.tables.values():
            if table not in mapped:
                result += writer.of_table(table)
    return result


class Writer:
    """Compiles statements with the project's dialect."""

    def __init__(self) -> None:
        self._reader = tables.Reader()
        dialect = type(self._reader.dialect)
        style = "named" if current.dialect == "sqlite" else "pyformat"
        self._dialect = dialect(paramstyle=style)
        self._dialect.server_version_info = self._reader.dialect.server_version_info

    def of_mapper(self, mapper: Any) -> list[dict[str, Any]]:
        """Gives the statements of one mapper; one that does not compile is left out."""
        from sqlalchemy import Table, select

        own = [table for table in mapper.tables if isinstance(table, Table)]
        columns = {table: _mapped(mapper, table) for table in own}
        made = [("SELECT", lambda: select(mapper.class_))]
        made += [("INSERT", _bound(self._insert, table, columns[table])) for table in own]
        made += [("UPDATE", _bound(self._update, table, columns[table])) for table in own]
        made += [("DELETE", _bound(self._delete, table)) for table in reversed(own)]
        return self._compiled(qualified(mapper.class_), made)

    def of_table(self, table: Any) -> list[dict[str, Any]]:
        """Gives the statements of a table by itself."""
        columns = list(table.columns)
        made = [
            ("SELECT", table.select),
            ("INSERT", _bound(self._insert, table, columns)),
            ("UPDATE", _bound(self._update, table, columns)),
            ("DELETE", _bound(self._delete, table)),
        ]
        return self._compiled(table.fullname, made)

    def _compiled(self, name: str, made: list[Any]) -> list[dict[str, Any]]:
        found = []
        for action, make in made:
            try:
                statement = make()
                if statement is None:
                    continue
                # an INSERT whose every column the server fills names none: DEFAULT VALUES
                bare = action == "INSERT" and not statement._values
                keys = {"column_keys": []} if bare else {}
                compiled = statement.compile(dialect=self._dialect, **keys)
            except Exception:
                continue
            found.append(self._facts(name, action, compiled))
        return found

    def _facts(self, name: str, action: str, compiled: Any) -> dict[str, Any]:
        names = [each for each in compiled.params if each in _PARAMETERS]
        sql = str(compiled)
        if not names and not compiled.params:
            sql = sql.replace("%%", "%")
        return {
            "mapper": name,
            "action": action,
            "sql": sql,
            "parameters": [{"name": each, **_PARAMETERS[each]} for each in names],
        }

    def _insert(self, table: Any, known: list[Any]) -> Any:
        columns = [column for column in known if not _made_by_server(column)]
        statement = table.insert()
        if columns:
            statement = statement.values({c.name: self._bind(c, "") for c in columns})
        made = [column for column in known if _made_by_server(column)]
        if made and self._dialect.insert_returning:
            statement = statement.returning(*made)
        return statement

    def _update(self, table: Any, known: list[Any]) -> Any:
        keys = set(table.primary_key.columns)
        columns = [column for column in known if column not in keys and column.computed is None]
        if not columns or not keys:
            return None
        values = {column.name: self._bind(column, "") for column in columns}
        return self._where(table.update(), table).values(values)

    def _delete(self, table: Any) -> Any:
        return self._where(table.delete(), table) if table.primary_key.columns else None

    def _where(self, statement: Any, table: Any) -> Any:
        for column in table.primary_key.columns:
            statement = statement.where(column == self._bind(column, "key_"))
        return statement

    def _bind(self, column: Any, prefix: str) -> Any:
        from sqlalchemy import bindparam

        name = f"{prefix}{column.table.name}_{column.name}"
        _PARAMETERS[name] = {
            "table": column.table.fullname,
            "column": column.name,
            "type": self._reader.type_text(column.type),
        }
        return bindparam(name, type_=column.type)


_PARAMETERS: dict[str, dict[str, Any]] = {}


def _bound(make: Any, *arguments: Any) -> Any:
    return lambda: make(*arguments)


def _mapped(mapper: Any, table: Any) -> list[Any]:
    """Gives the table's columns that the class knows; others are no business of its code."""
    known = {column for prop in mapper._props.values() for column in getattr(prop, "columns", ())}
    return [column for column in table.columns if column in known]


def _made_by_server(column: Any) -> bool:
    if column.computed is not None or column.identity is not None:
        return True
    if column.server_default is not None and column.default is None:
        return True
    return column is column.table._autoincrement_column and column.default is None
