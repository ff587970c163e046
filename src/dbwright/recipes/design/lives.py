"""The fifth step: how rows live: dates, soft delete, versions, growth and retention."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import BriefGrowth
from dbwright.recipes.design import columns_of, names
from dbwright.recipes.design.parts import Column, Habits, Index, Plan, Table

MADE_AND_CHANGED = {
    "created_at": ("created_at", "created", "created_on", "date_created"),
    "updated_at": ("updated_at", "updated", "updated_on", "modified_at", "date_updated"),
}
"""How projects call the time stamps of a row."""
MANY = 1_000_000
"""Rows a month from which partitions pay."""


def add_columns(plan: Plan) -> None:
    """Adds the columns that the life of rows asks for."""
    for table in plan:
        entity = table.entity
        if entity.soft_delete:
            _soft_delete(plan, table)
        if entity.versioned:
            table.columns.append(Column("version", "int", family="version"))
            table.mapper["version_id_col"] = "version"
            plan.decide(
                table.name,
                "a version counts the writes of each row",
                "a write over somebody else's write is refused, not lost",
                "SELECT … FOR UPDATE: the second one waits",
            )
        if entity.append_only:
            table.mixins.append("AppendOnly")
            plan.decide(
                table.name,
                "rows are never changed: the ORM refuses it",
                "the table is a record; a mistake is mended by a further row",
                "REVOKE UPDATE, DELETE from the application's role: it holds for all writers",
            )
        if entity.timestamps and not entity.kind_of:
            _dates(plan, table)


def add(plan: Plan) -> None:
    """Adds partitions and retention, where the growth of a table asks for them."""
    for table in plan:
        if table.entity.growth is not None:
            _grow(plan, table, table.entity.growth)


def _dates(plan: Plan, table: Table) -> None:
    stated = {column.name for column in table.columns}
    changes = not table.entity.append_only
    if plan.habits is not None:
        _dates_of_project(plan, table, plan.habits, stated)
        return
    if changes and not stated & {"created_at", "updated_at"}:
        table.mixins.append("Timestamped")
    else:
        if "created_at" not in stated:
            table.columns.append(_date("created_at"))
        if changes and "updated_at" not in stated:
            table.columns.append(_date("updated_at", onupdate="func.now()"))
    for name in ("created_at", "updated_at"):
        table.known.setdefault(name, (name,))


def _dates_of_project(plan: Plan, table: Table, habits: Habits, stated: set[str]) -> None:
    """The time stamps that the project's other classes have; when a row was made in any case."""
    for name, usual in MADE_AND_CHANGED.items():
        own = next((each for each in usual if each in habits.inherited or habits.column(each)), "")
        found = habits.column(own)
        if own:
            table.known.setdefault(name, (own,))
        elif name == "created_at":
            own, found = name, _date(name)
        if found is not None and own not in stated:
            table.columns.append(replace(found))
        if own:
            table.known.setdefault(own, (own,))


def _date(name: str, **arguments: str) -> Column:
    return Column(
        name,
        "dt.datetime",
        arguments={"server_default": "func.now()", **arguments},
        family="datetime",
    )


def _soft_delete(plan: Plan, table: Table) -> None:
    if table.column("deleted_at") is None:
        table.columns.append(Column("deleted_at", "dt.datetime", nullable=True, family="datetime"))
    plan.decide(
        table.name,
        "rows are marked as deleted by the time of it",
        "the brief asks for it; when is worth more than that",
        "deleting, with a copy in an archive table: no query can forget the condition",
    )


def _grow(plan: Plan, table: Table, growth: BriefGrowth) -> None:
    by = (
        (columns_of.resolved(table, growth.by) or ("created_at",))[0] if growth.by else "created_at"
    )
    many = (growth.rows_per_month or 0) >= MANY
    referred = any(table.name in _referred(other) for other in plan if other is not table)
    uniques = [unique for unique in table.uniques if by not in unique.columns]
    able = ABILITIES[plan.database]
    if many and able.ranges and not referred and not uniques and not table.entity.kind_of:
        _partition(plan, table, by, growth)
    elif growth.keep_days:
        if not any(index.columns[:1] == (by,) for index in table.indexes):
            table.indexes.append(Index((by,)))
        plan.decide(
            table.name,
            f"rows older than {growth.keep_days} days are deleted in batches, found by {by}",
            "the index finds them without reading the rest",
            "partitions, dropped whole: where there are a million rows a month and more",
        )
        plan.notes.append(
            f"Nothing deletes rows of {table.name} by itself: a job must delete those whose {by} "
            f"is {growth.keep_days} days old, some thousands at a time."
        )
    if many and not able.ranges:
        plan.notes.append(
            f"{able.title}: {table.name} grows by {growth.rows_per_month:,} rows a month and is "
            "one table; partitions are not designed for this database."
        )


def _referred(table: Table) -> set[str]:
    own = {column.references.rpartition(".")[0] for column in table.columns if column.references}
    return own | {key.table for key in table.keys}


def _partition(plan: Plan, table: Table, by: str, growth: BriefGrowth) -> None:
    table.partition_by = by
    column = table.column(by)
    if column is None:  # the mixin's: the key needs a column of the class
        table.mixins = [name for name in table.mixins if name != "Timestamped"]
        column = _date(by)
        table.columns.append(column)
        if not table.entity.append_only:
            table.columns.append(_date("updated_at", onupdate="func.now()"))
    column.primary = True
    column.nullable = False
    plan.statements.append((table.name, f"{table.name}_default"))
    kept = f"; those older than {growth.keep_days} days are dropped" if growth.keep_days else ""
    plan.decide(
        table.name,
        f"partitioned by the month of {by}; {by} is part of the key",
        f"{growth.rows_per_month:,} rows a month: old ones leave as a whole partition, in no time",
        "one table, deleted in batches: simpler, and busy for hours each month",
    )
    table.comments.append(f"One partition a month, made ahead by a job{kept}.")
    month = names.quoted(by, plan.database)
    plan.notes.append(
        f"A job must make the partitions of {table.name} ahead, one a month of {month}"
        + (f", and drop those older than {growth.keep_days} days" if growth.keep_days else "")
        + " (pg_partman does both). Until then rows go to the default partition."
    )
