"""The tables of a metadata as the JSON of core.schema.Schema, types as the database spells them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from . import dialects, places
from .state import current


class Reader:
    """Reads tables with one dialect, as CREATE TABLE would write them."""

    def __init__(self) -> None:
        from sqlalchemy.engine import make_url

        self.dialect = make_url(dialects.SYNTHETIC[current.dialect]).get_dialect()()
        self.dialect.server_version_info = dialects.server_version()
        self.ddl = self.dialect.ddl_compiler(self.dialect, None)
        self.enums: dict[tuple[str | None, str], dict[str, Any]] = {}

    def schema(self, metadata: Iterable[Any]) -> dict[str, Any]:
        """Gives the schema of several metadata together."""
        found: dict[str, Any] = {}
        for item in metadata:
            for table in item.tables.values():
                found.setdefault(table.fullname, self._table(table))
        sequences = [name for item in metadata for name in _sequences(item)]
        return {
            "dialect": current.dialect,
            "tables": list(found.values()),
            "enums": list(self.enums.values()),
            "others": [
                {"name": sequence.name, "kind": "sequence", "schema": sequence.schema}
                for sequence in sequences
            ],
        }

    def _table(self, table: Any) -> dict[str, Any]:
        source = _Source(table)
        constraints = sorted(table.constraints, key=_order)
        named: dict[str, list[Any]] = {}
        for constraint in constraints:
            for base in type(constraint).__mro__:
                reader = _CONSTRAINTS.get(base.__name__)
                if reader and self._created(constraint):
                    found = reader(self, constraint, source)
                    if found:
                        named.setdefault(base.__name__, []).append(found)
                    break
        primary = named.get("PrimaryKeyConstraint", [None])[0]
        partitioned = self._option(table, "partition_by")
        return {
            "name": table.name,
            "schema": table.schema,
            "kind": "partitioned" if partitioned else "table",
            "columns": [self._column(column, source) for column in table.columns],
            "primary_key": primary,
            "foreign_keys": named.get("ForeignKeyConstraint", []),
            "uniques": named.get("UniqueConstraint", []),
            "checks": named.get("CheckConstraint", []),
            "excludes": named.get("ExcludeConstraint", []),
            "indexes": [
                self._index(index, source)
                for index in sorted(table.indexes, key=lambda index: str(index.name))
                if self._created(index)
            ],
            "comment": table.comment,
            "partition": partitioned,
            "info": _plain(table.info),
            "place": places.of_table(table),
        }

    def _created(self, item: Any) -> bool:
        """Whether create_all() makes a constraint or index on this database."""
        rule = getattr(item, "_create_rule", None)
        if rule is not None and not rule(self.ddl):
            return False
        wanted = getattr(getattr(item, "_ddl_if", None), "dialect", None)  # .ddl_if(dialect=…)
        names = (wanted,) if isinstance(wanted, str) else wanted
        return names is None or self.dialect.name in names

    def _option(self, item: Any, name: str) -> Any:
        options = item.dialect_options[self.dialect.name]
        return options.get(name) if name in options else None

    def _column(self, column: Any, source: _Source) -> dict[str, Any]:
        computed, identity = column.computed, column.identity
        return {
            "name": column.name,
            "type": self.type_text(column.type),
            "nullable": bool(column.nullable),
            "default": None if computed is not None or identity else self._default(column),
            "identity": ("always" if identity.always else "by default") if identity else None,
            "computed": self.text(computed.sqltext) if computed is not None else None,
            "stored": computed is None or self._stored(computed),
            "collation": getattr(column.type, "collation", None),
            "comment": column.comment,
            "place": source.column(column),
        }

    def _stored(self, computed: Any) -> bool:
        if computed.persisted is not None:
            return bool(computed.persisted)
        virtual_first = current.dialect != "postgresql" or dialects.server_version() >= (18,)
        return not virtual_first

    def _default(self, column: Any) -> str | None:
        try:
            text = self.ddl.get_column_default_string(column)
        except Exception:
            text = str(getattr(column.server_default, "arg", "")) or None
        if text is not None:
            return str(text)
        table = column.table
        is_serial = current.dialect == "postgresql" and column is table._autoincrement_column
        if not is_serial or column.default is not None or column.server_default is not None:
            return None
        prefix = f"{table.schema}." if table.schema else ""
        return f"nextval('{prefix}{table.name}_{column.name}_seq'::regclass)"

    def type_text(self, type_: Any) -> str:
        """Gives the type as the database spells it; NullType and broken types as `unknown`."""
        try:
            implementation = type_.dialect_impl(self.dialect)
            text = str(self.dialect.type_compiler_instance.process(type_))
        except Exception:
            return "unknown"
        self._note_enum(implementation)
        return spelled(text, current.dialect)

    def _note_enum(self, type_: Any) -> None:
        if current.dialect != "postgresql":
            return
        type_ = getattr(type_, "item_type", type_)
        inner = getattr(type_, "impl_instance", type_)
        values = getattr(inner, "enums", None)
        if values is not None and getattr(inner, "native_enum", False) and inner.name:
            key = (inner.schema, inner.name)
            facts = {"name": inner.name, "values": list(map(str, values)), "schema": inner.schema}
            self.enums.setdefault(key, facts)

    def text(self, expression: Any) -> str:
        """Gives an SQL expression's text with its values written in it."""
        try:
            compiled = self.ddl.sql_compiler.process(
                expression, include_table=False, literal_binds=True
            )
        except Exception:
            return str(expression)
        return str(compiled).replace("%%", "%")

    def name(self, item: Any) -> str | None:
        """Gives the name that DDL would write, naming convention and length limit applied."""
        try:
            found = self.dialect.identifier_preparer.format_constraint(item)
        except Exception:
            found = item.name if isinstance(item.name, str) else None
        return found.strip('"`') if found else None

    def _primary_key(self, item: Any, source: _Source) -> dict[str, Any] | None:
        columns = [column.name for column in item.columns]
        if not columns:
            return None
        name = self.name(item)
        return {"columns": columns, "name": name, "place": source.constraint(item, name)}

    def _foreign_key(self, item: Any, source: _Source) -> dict[str, Any]:
        name = self.name(item)
        schema, table, referred = _referred(item)
        return {
            "columns": [element.parent.name for element in item.elements],
            "referred_table": table,
            "referred_schema": schema,
            "referred_columns": referred,
            "name": name,
            "on_delete": _action(item.ondelete),
            "on_update": _action(item.onupdate),
            "deferrable": bool(item.deferrable),
            "initially_deferred": str(item.initially or "").upper() == "DEFERRED",
            "validated": not self._option(item, "not_valid"),
            "place": source.constraint(item, name),
        }

    def _unique(self, item: Any, source: _Source) -> dict[str, Any]:
        name = self.name(item)
        return {
            "columns": [column.name for column in item.columns],
            "name": name,
            "nulls_not_distinct": bool(self._option(item, "nulls_not_distinct")),
            "deferrable": bool(item.deferrable),
            "include": _names(self._option(item, "include")),
            "place": source.constraint(item, name),
        }

    def _check(self, item: Any, source: _Source) -> dict[str, Any]:
        name = self.name(item)
        return {
            "expression": self.text(item.sqltext),
            "name": name,
            "validated": not self._option(item, "not_valid"),
            "place": source.constraint(item, name),
        }

    def _exclude(self, item: Any, source: _Source) -> dict[str, Any]:
        return {"name": self.name(item) or "", "definition": str(self.ddl.process(item)).strip()}

    def _index(self, item: Any, source: _Source) -> dict[str, Any]:
        name = self.name(item) or ""
        where = self._option(item, "where")
        settings = self._option(item, "with") or {}
        return {
            "name": name,
            "keys": [self._key(item, expression) for expression in item.expressions],
            "unique": bool(item.unique),
            "method": str(self._option(item, "using") or "btree").lower(),
            "predicate": self.text(where) if where is not None else None,
            "include": _names(self._option(item, "include")),
            "nulls_not_distinct": bool(self._option(item, "nulls_not_distinct")),
            "options": [f"{key}={value}" for key, value in settings.items()],
            "place": source.index(item, name),
        }  # fmt: skip

    def _key(self, index: Any, expression: Any) -> dict[str, Any]:
        from sqlalchemy import Column

        ops = self._option(index, "ops") or {}
        found: dict[str, Any] = {}
        inner, label = expression, getattr(expression, "key", None)
        while type(inner).__name__ in ("UnaryExpression", "Grouping", "Label"):
            modifier = getattr(getattr(inner, "modifier", None), "__name__", "")
            if modifier == "desc_op":
                found["descending"] = True
            elif modifier.startswith("nulls_"):
                found["nulls_first"] = modifier.startswith("nulls_first")
            elif type(inner).__name__ == "UnaryExpression" and modifier != "asc_op":
                break
            label = getattr(inner, "name", None) or label
            inner = inner.element
        if isinstance(inner, Column):
            found["column"] = inner.name
            label = inner.key
        else:
            found["expression"] = self.text(inner)
        found["opclass"] = ops.get(label) or ops.get(found.get("column"))
        return found


_CONSTRAINTS = {
    "PrimaryKeyConstraint": Reader._primary_key,
    "ForeignKeyConstraint": Reader._foreign_key,
    "UniqueConstraint": Reader._unique,
    "CheckConstraint": Reader._check,
    "ExcludeConstraint": Reader._exclude,
}


class _Source:
    """Where the parts of one table stand: in a class, in its bases, or in a Table() call."""

    def __init__(self, table: Any) -> None:
        self._classes = _classes_of(table)
        self._call = places.table_call(table)

    def column(self, column: Any) -> Any:
        """Gives the place of a column: of its call in a Table() before a bare annotation."""
        calls = ("Column", "mapped_column")
        own = places.inside(*self._call, calls, column.name) if self._call else None
        for cls, keys in self._classes:
            for key in (*keys.get(column.name, ()), column.name):
                found = places.member(cls, key)
                if found and (own is None or found[1].value is not None):
                    return found[0]
        return own

    def constraint(self, item: Any, name: str | None) -> Any:
        """Gives the place of a constraint: its own call, or that of its only column."""
        kind = type(item).__name__
        if name or isinstance(item.name, str):
            found = self._named((kind,), item.name if isinstance(item.name, str) else name)
            if found:
                return found
        columns = list(getattr(item, "columns", ()))
        if kind == "PrimaryKeyConstraint" or len(columns) == 1:
            return self.column(columns[0]) if columns else None
        return None

    def index(self, item: Any, name: str) -> Any:
        """Gives the place of an index."""
        found = self._named(("Index",), name)
        columns = list(item.columns)
        return found or (self.column(columns[0]) if len(columns) == 1 else None)

    def _named(self, calls: tuple[str, ...], name: Any) -> Any:
        for cls, _ in self._classes:
            for base in cls.__mro__:
                source = places.class_source(base)
                if source:
                    found = places.inside(source[0], source[1].node, calls, str(name))
                    if found:
                        return found
        return places.inside(*self._call, calls, str(name)) if self._call else None


def _classes_of(table: Any) -> list[tuple[type, dict[str, list[str]]]]:
    from . import mappers

    return mappers.classes_of(table)


def _order(constraint: Any) -> tuple[str, str]:
    columns = ",".join(column.name for column in getattr(constraint, "columns", ()))
    return str(constraint.name or ""), columns


def _sequences(metadata: Any) -> list[Any]:
    return list(getattr(metadata, "_sequences", {}).values())


def _referred(item: Any) -> tuple[str | None, str, list[str]]:
    columns = []
    schema, table = None, ""
    for element in item.elements:
        text = element.target_fullname
        *front, column = text.split(".")
        columns.append(column)
        schema, table = (".".join(front[:-1]) or None), front[-1] if front else ""
        try:
            found = element.column
        except Exception:
            continue
        columns[-1], schema, table = found.name, found.table.schema, found.table.name
    return schema, table, columns


def _action(text: str | None) -> str | None:
    upper = (text or "").upper()
    return None if upper in ("", "NO ACTION") else upper


def _names(items: Any) -> list[str]:
    return [item if isinstance(item, str) else item.name for item in items or ()]


def _plain(info: dict[Any, Any]) -> dict[str, Any]:
    found = {}
    for key, value in info.items():
        try:
            found[str(key)] = json.loads(json.dumps(value))
        except (TypeError, ValueError):
            found[str(key)] = repr(value)[:200]
    return found


_SPELLINGS = (
    (re.compile(r"\bvarchar\b"), "character varying"),
    (re.compile(r"\b(n)?char(?=\(|$|\[)"), "character"),
    (re.compile(r"\bdecimal\b"), "numeric"),
    (re.compile(r"\bfloat(\(\d+\))?"), "double precision"),
    (re.compile(r"\bint\b|\bint4\b"), "integer"),
    (re.compile(r"\bint8\b|\bbigserial\b"), "bigint"),
    (re.compile(r"\bsmallserial\b|\bint2\b"), "smallint"),
    (re.compile(r"\bserial\b"), "integer"),
    (re.compile(r"\bbool\b"), "boolean"),
    (re.compile(r"^timestamp(\(\d+\))?(?=$|\[)"), r"timestamp\1 without time zone"),
    (re.compile(r"^time(\(\d+\))?(?=$|\[)"), r"time\1 without time zone"),
    (re.compile(r" collate .*$"), ""),
)


def spelled(text: str, dialect: str) -> str:
    """Gives SQLAlchemy's DDL text of a type in the database's own spelling."""
    if text.startswith('"'):
        return text
    text = re.sub(r",\s+", ",", text.lower()).strip()
    if dialect != "postgresql":
        return text
    if text == "float" or text.startswith("float("):
        digits = re.search(r"\d+", text)
        return "real" if digits and int(digits[0]) <= 24 else "double precision"
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text
