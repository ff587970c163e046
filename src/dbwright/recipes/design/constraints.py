"""The fourth step: what may not be there twice, and the rules between values of one row."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import BriefRule, BriefUnique
from dbwright.recipes.design import columns, columns_of, names, row_rules, tenants
from dbwright.recipes.design.parts import Plan, Table, Unique

Step = Callable[[Plan, Table, BriefRule, str], None]


def add(plan: Plan) -> None:
    """Adds keys over several columns and rules, then settles what unique means for each table."""
    for table in plan:
        for unique in table.entity.uniques:
            _unique(plan, table, unique)
        for number, rule in enumerate(table.entity.rules):
            row_rules.RULES[rule.kind](plan, table, rule, f"{number + 1}" if number else "")


def _unique(plan: Plan, table: Table, unique: BriefUnique) -> None:
    found = columns_of.listed(table, unique.of)
    lowered = tuple(
        name
        for name in found
        for attribute in table.entity.attributes
        if columns.folds(attribute) and names.snake(attribute.name) == name
    )
    made = Unique(
        found,
        where=columns_of.condition(plan, table, unique.where),
        lowered=lowered,
        among=columns_of.values_of(table, unique.where),
        also=tuple(columns_of.rows_of(table, unique.where)[1:]),
        outside=columns_of.outside_of(table, unique.where),
        nulls=unique.nulls,
    )
    table.uniques.append(made)


def settle(plan: Plan) -> None:
    """Brings tenant, soft delete and optional columns into what is unique, once each."""
    for table in plan:
        settled: list[Unique] = []
        for unique in table.uniques:
            for each in _settled(plan, table, unique):
                key = (frozenset(each.columns), each.where)
                if key not in {(frozenset(old.columns), old.where) for old in settled}:
                    settled.append(each)
        table.uniques = settled


def _settled(plan: Plan, table: Table, unique: Unique) -> list[Unique]:
    if unique.columns == ("public_id",):  # random, so it is nobody else's
        return [unique]
    owner = tenants.column_name(plan) if tenants.is_owned(plan, table) else ""
    references = {column for pair in table.known.values() for column in pair}
    if owner and owner not in unique.columns and not _is_reference(table, unique, references):
        unique.columns = (owner, *unique.columns)
    able = ABILITIES[plan.database]
    gone = names.quoted("deleted_at", plan.database)
    if table.entity.soft_delete and gone not in unique.where and not unique.comment:
        unique.where = f"{unique.where} AND {gone} IS NULL" if unique.where else f"{gone} IS NULL"
        unique.among = {**unique.among, "deleted_at": None}
        unique.outside = {"deleted_at": "2026-03-01 12:00:00"}
        plan.decide(
            table.name,
            "what is unique counts among rows that are not deleted",
            "a deleted row must not hold a name that somebody else may take",
            "moving deleted rows to a table of their own: every query gets simpler",
        )
    if unique.lowered and able.folds_case:
        unique.lowered = ()
    if unique.where and not able.partial:
        plan.notes.append(
            f"{able.title} has no partial index: {table.name} ({', '.join(unique.columns)}) is "
            f"not kept unique where {unique.where}; lock the rows and look before writing."
        )
        return []
    return _with_nulls(plan, table, unique)


def _is_reference(table: Table, unique: Unique, references: set[str]) -> bool:
    """Whether a foreign key among the columns already fixes the tenant."""
    return any(column in key.columns for key in table.keys for column in unique.columns) or any(
        (found := table.column(name)) is not None
        and (found.family == "bytes" or (found.family == "uuid" and found.name == "public_id"))
        for name in unique.columns
    )


def _with_nulls(plan: Plan, table: Table, unique: Unique) -> list[Unique]:
    """Several columns, some of them optional: "not set" counts as a value where that is meant."""
    optional = [name for name in unique.columns if (found := table.column(name)) and found.nullable]
    covered = {
        name for name in optional if f"{names.quoted(name, plan.database)} IS" in unique.where
    }
    optional = [name for name in optional if name not in covered]
    rest = tuple(name for name in unique.columns if name not in optional)
    meant = unique.nulls == "equal" or (len(optional) == 1 and bool(rest))
    if unique.nulls == "distinct" or not optional or not meant:
        return [unique]
    able = ABILITIES[plan.database]
    if not able.partial:
        if unique.nulls == "equal":
            plan.notes.append(
                f"{able.title}: {table.name} ({', '.join(unique.columns)}) lets rows in twice in "
                f"which {' or '.join(optional)} is not set; a generated column that is never NULL, "
                "unique in its place, would refuse them."
            )
        return [unique]
    if len(optional) == 1 and rest:
        return [unique, _without(plan, table, unique, optional[0], rest)]
    return [_folded(plan, table, unique, tuple(optional))]


def _folded(plan: Plan, table: Table, unique: Unique, optional: tuple[str, ...]) -> Unique:
    """One key in which "not set" is a value, of several columns that may not be set."""
    subject = f"{table.name} ({', '.join(unique.columns)})"
    unique.twice = optional
    if plan.nulls_equal:
        unique.nulls_equal = True
        plan.decide(
            subject,
            "NULLS NOT DISTINCT: what is not set is equal to what is not set",
            "NULL is equal to nothing: a plain unique key lets such rows in twice",
            "an index over IS NULL and coalesce(): PostgreSQL before 15 as well",
        )
        return unique
    unique.folded = optional
    plan.decide(
        subject,
        "unique by an index over IS NULL and coalesce(): what is not set is a value in it",
        "NULL is equal to nothing: a plain unique key lets such rows in twice",
        "NULLS NOT DISTINCT: a plain key, PostgreSQL 15 and later (`--database postgresql-15`)",
    )
    return unique


def _without(
    plan: Plan, table: Table, unique: Unique, optional: str, rest: tuple[str, ...]
) -> Unique:
    """The key of the rows in which the one optional column is not set."""
    name = names.quoted(optional, plan.database)
    where = f"{unique.where} AND {name} IS NULL" if unique.where else f"{name} IS NULL"
    plan.decide(
        f"{table.name}.{optional}",
        "rows without it are unique among themselves, by a partial index",
        "NULL is equal to nothing: a plain unique key lets such rows in twice",
        "NULLS NOT DISTINCT: one index, PostgreSQL 15 and later only",
    )
    return Unique(
        rest,
        where=where,
        lowered=tuple(item for item in unique.lowered if item in rest),
        among={**unique.among, optional: None},
        outside=unique.outside if unique.where else {},
        comment="NULLs are distinct to a unique key, so rows without one need a key of their own",
    )
