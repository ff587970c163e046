"""The fourth step: what may not be there twice, and the rules between values of one row."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import BriefRule, BriefUnique, Scalar
from dbwright.recipes.design import columns_of, names, row_rules, tenants
from dbwright.recipes.design.parts import Plan, Table, Unique

Where = dict[str, Scalar | None]
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
        if attribute.type == "email" and names.snake(attribute.name) == name
    )
    made = Unique(
        found,
        where=columns_of.condition(plan, table, unique.where),
        lowered=lowered,
        among=columns_of.values_of(table, unique.where),
        outside=columns_of.outside_of(table, unique.where),
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
    """Several columns, one of them optional: "not set" counts as a value, by a second index."""
    optional = [name for name in unique.columns if (found := table.column(name)) and found.nullable]
    covered = {
        name for name in optional if f"{names.quoted(name, plan.database)} IS" in unique.where
    }
    optional = [name for name in optional if name not in covered]
    rest = tuple(name for name in unique.columns if name not in optional)
    if len(unique.columns) < 2 or len(optional) != 1 or not rest:
        return [unique]
    if not ABILITIES[plan.database].partial:
        return [unique]
    name = names.quoted(optional[0], plan.database)
    where = f"{unique.where} AND {name} IS NULL" if unique.where else f"{name} IS NULL"
    second = Unique(
        rest,
        where=where,
        lowered=tuple(item for item in unique.lowered if item in rest),
        among={**unique.among, optional[0]: None},
        outside=unique.outside if unique.where else {},
        comment="NULLs are distinct to a unique key, so rows without one need a key of their own",
    )
    plan.decide(
        f"{table.name}.{optional[0]}",
        "rows without it are unique among themselves, by a partial index",
        "NULL is equal to nothing: a plain unique key lets such rows in twice",
        "NULLS NOT DISTINCT: one index, PostgreSQL 15 and later only",
    )
    return [unique, second]
