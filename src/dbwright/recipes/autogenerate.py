"""Autogenerate: the changes that bring a migrated schema to the models' one, each both ways.

Both schemas are catalogs of one server, so all that the catalog has is seen: labels of enums,
predicates, methods, identities, functions. The safe forms of each database are written: on
PostgreSQL concurrent builds, constraints NOT VALID and validated later, NOT NULL by a validated
check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dbwright.core.authoring import Meant
from dbwright.core.compare import Difference, structured
from dbwright.core.schema import Schema
from dbwright.recipes import (
    autogenerate_columns,
    autogenerate_indexes,
    autogenerate_mysql,
    autogenerate_objects,
    autogenerate_parts,
    autogenerate_sqlite,
    autogenerate_tables,
)
from dbwright.recipes.autogenerate_change import Change, Draft
from dbwright.recipes.autogenerate_context import Builds, Context
from dbwright.recipes.sqlalchemy_code import Style

Writer = Callable[[Context, Difference], Iterator[Change]]
WRITERS: Mapping[str, Writer] = {
    "table": autogenerate_tables.table,
    "view": autogenerate_objects.view,
    "materialized view": autogenerate_objects.view,
    "primary key": autogenerate_parts.primary_key,
    "unique": autogenerate_parts.unique,
    "foreign key": autogenerate_parts.foreign_key,
    "check": autogenerate_parts.check,
    "exclude": autogenerate_parts.exclude,
    "index": autogenerate_indexes.index,
    "trigger": autogenerate_objects.trigger,
    "enum": autogenerate_objects.enum,
    "sequence": autogenerate_objects.sequence,
    "function": autogenerate_objects.function,
    "domain": autogenerate_objects.other,
    "type": autogenerate_objects.other,
    "extension": autogenerate_objects.other,
    "policy": autogenerate_objects.other,
}


def draft(
    models: Schema,
    migrated: Schema,
    declared: Schema,
    meant: Meant,
    *,
    convention: bool = False,
    schemas: frozenset[str] = frozenset(),
    older: frozenset[Difference] = frozenset(),
    builds: Builds | None = None,
) -> Draft:
    """Gives the changes from `migrated` to `models`; what was to be asked has been answered.

    `declared` is the metadata's own schema, where a constraint without a name has none; `schemas`
    are those that the migrated database has, `older` the differences that are to stay. What cannot
    be written raises FixError.
    """
    style = Style(models, convention)
    context = Context(models, migrated, declared, meant, style, schemas, builds=builds)
    differences = tuple(each for each in structured(models, migrated) if each not in older)
    return DRAFTS[models.dialect](context, differences)


def _postgresql(context: Context, differences: tuple[Difference, ...]) -> Draft:
    meant = context.meant
    changes = list(autogenerate_objects.schemas(context))
    columns: dict[tuple[str, str], list[Difference]] = {}
    for difference in differences:
        if difference.object == "column":
            key = (difference.table or "", difference.name)
            columns.setdefault(key, []).append(difference)
            continue
        if difference.kind == "added" and difference.name in meant.keeps:
            context.left_alone.append(f"{difference.object} {difference.name}")
            continue
        changes += WRITERS[difference.object](context, difference)
    for (table, column), found in columns.items():
        if context.is_view(table):
            continue
        changes += autogenerate_columns.column(context, table, column, found)
    changes += autogenerate_columns.backfills(context)
    changes += autogenerate_objects.comments(context)
    changes += context.remade()
    return Draft(tuple(changes), tuple(context.left_alone))


DRAFTS: Mapping[str, Callable[[Context, tuple[Difference, ...]], Draft]] = {
    "postgresql": _postgresql,
    "sqlite": autogenerate_sqlite.draft,
    "mysql": autogenerate_mysql.draft,
    "mariadb": autogenerate_mysql.draft,
}
