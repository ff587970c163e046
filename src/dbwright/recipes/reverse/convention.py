"""The naming convention that a database follows, found by counting which one fits most names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dbwright.core.schema import ForeignKey, PrimaryKey, Schema, Table, Unique

Part = PrimaryKey | Unique | ForeignKey
_LIMIT = 63
_CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "pk": ("%(table_name)s_pkey", "pk_%(table_name)s"),
    "uq": (
        "%(table_name)s_%(column_0_N_name)s_key",
        "uq_%(table_name)s_%(column_0_N_name)s",
        "uq_%(table_name)s_%(column_0_name)s",
    ),
    "fk": (
        "%(table_name)s_%(column_0_N_name)s_fkey",
        "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "fk_%(table_name)s_%(column_0_N_name)s",
    ),
}


@dataclass(frozen=True, slots=True)
class Convention:
    """Templates by SQLAlchemy's keys, for the kinds of constraint that follow one."""

    templates: Mapping[str, str]

    def names(self, kind: str, table: Table, part: Part) -> bool:
        """Whether the constraint has the very name that the convention gives it."""
        template = self.templates.get(kind)
        return template is not None and part.name == _filled(template, table, part)


def convention(schema: Schema) -> Convention:
    """Gives the templates that name at least half of a kind, which then has no nameless one."""
    kinds: Mapping[str, Callable[[Table], Iterator[Part]]] = {
        "fk": lambda table: iter(table.foreign_keys),
        "pk": lambda table: iter([table.primary_key] if table.primary_key else []),
        "uq": lambda table: iter(table.uniques),
    }
    found = {}
    for kind, parts_of in kinds.items():
        tables = [table for table in schema.tables if table.kind in ("table", "partitioned")]
        parts = [(table, part) for table in tables for part in parts_of(table)]
        if not parts or any(part.name is None for _, part in parts):
            continue
        counts = {
            template: sum(part.name == _filled(template, table, part) for table, part in parts)
            for template in _CANDIDATES[kind]
        }
        best = max(counts, key=lambda template: counts[template])
        if counts[best] * 2 >= len(parts):
            found[kind] = best
    return Convention(found)


def _filled(template: str, table: Table, part: Part) -> str | None:
    """Gives the name, None where it is too long: SQLAlchemy cuts it in a way of its own."""
    name = template % {
        "table_name": table.name,
        "column_0_name": part.columns[0],
        "column_0_N_name": "_".join(part.columns),
        "referred_table_name": part.referred_table if isinstance(part, ForeignKey) else "",
    }
    return name if len(name.encode()) <= _LIMIT else None
