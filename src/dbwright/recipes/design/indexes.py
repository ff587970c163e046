"""The sixth step: an index for each stated way to look rows up and each foreign key, no other."""

from __future__ import annotations

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import BriefAccess
from dbwright.recipes.design import columns_of, names, tenants
from dbwright.recipes.design.parts import Index, Plan, Table


def add(plan: Plan) -> None:
    """Adds the indexes that are needed; one whose columns another begins with is not."""
    for access in plan.brief.accesses:
        _access(plan, plan.table(access.entity), access)
    for table in plan:
        for columns in _foreign_keys(plan, table):
            if not _served(table, columns):
                table.indexes.append(Index(columns))
        _without_covered(table)
    plan.decide(
        "all foreign keys",
        "each is found by an index",
        "joins, and deleting what it refers to, would else read the whole table",
    )


def _access(plan: Plan, table: Table, access: BriefAccess) -> None:
    if access.search:
        _search(plan, table, access)
    equal = columns_of.listed(table, access.by)
    owner = tenants.column_name(plan) if tenants.is_owned(plan, table) else ""
    if owner and owner not in equal and not _within_tenant(table, equal):
        equal = (owner, *equal)
    where = columns_of.condition(plan, table, access.where)
    if table.entity.soft_delete and "deleted_at" not in where:
        gone = names.quoted("deleted_at", plan.database) + " IS NULL"
        where = f"{where} AND {gone}" if where else gone
    columns = [*equal]
    descending = []
    for name in access.order:
        for column in columns_of.resolved(table, name.lstrip("-")):
            if column not in columns:
                columns.append(column)
                descending += [column] if name.startswith("-") else []
    for column in columns_of.resolved(table, access.range) if access.range else ():
        if column not in columns:
            columns.append(column)
    if not columns or (access.search and not (access.by or access.order or access.range)):
        return
    lists = [name for name in columns if (c := table.column(name)) and c.family == "tags"]
    if lists:
        table.indexes.append(Index((lists[0],), method="gin", only="postgresql"))
        columns = [name for name in columns if name not in lists]
        if set(columns) <= {owner}:
            return
    if not ABILITIES[plan.database].partial:
        where = ""
    folded = {names.snake(a.name) for a in table.entity.attributes if a.ignore_case}
    folded = set() if ABILITIES[plan.database].folds_case else folded
    lowered = tuple(name for name in columns if name in folded)
    index = Index(tuple(columns), tuple(descending), where, lowered=lowered)
    _put(plan, table, index, access)


def _within_tenant(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether a column already fixes the tenant: a reference, or something unique by itself."""
    references = any(name in key.columns for key in table.keys for name in columns)
    alone = any(set(unique.columns) <= set(columns) for unique in table.uniques)
    public = "public_id" in columns
    return references or alone or public


def _put(plan: Plan, table: Table, index: Index, access: BriefAccess) -> None:
    if _unique_serves(table, index) or index.columns == table.primary_key[:1]:
        return
    if any((i.columns, i.where, i.descending) == (index.columns, index.where, index.descending)
           for i in table.indexes):  # fmt: skip
        return
    lowered = [
        unique
        for unique in table.uniques
        if unique.lowered and set(unique.columns) == set(index.columns)
    ]
    if lowered:
        return
    table.indexes.append(index)
    shown = ", ".join(f"{n} desc" if n in index.descending else n for n in index.columns)
    what = access.doc or "a stated way to look rows up"
    plan.decide(
        f"{table.name} ({shown})",
        "an index, in the order in which it is read",
        what if what[0].islower() else f"asked for: {what}",
    )


def _unique_serves(table: Table, index: Index) -> bool:
    """Whether something unique already finds the rows."""
    return any(
        not (unique.lowered or unique.folded)
        and unique.where in ("", index.where)
        and unique.columns[: len(index.columns)] == index.columns
        for unique in table.uniques
    )


def _search(plan: Plan, table: Table, access: BriefAccess) -> None:
    columns = columns_of.listed(table, access.search)
    able = ABILITIES[plan.database]
    if not able.words:
        plan.notes.append(
            f"{able.title}: the search for words in {', '.join(columns)} of {table.name} needs a "
            "full-text index of this database's own, which is not designed."
        )
        return
    parts = []
    for name in columns:
        column, quoted = table.column(name), names.quoted(name, plan.database)
        parts.append(f"coalesce({quoted}, '')" if column and column.nullable else quoted)
    text = " || ' ' || ".join(parts)
    table.indexes.append(
        Index(
            columns,
            method="gin",
            expression=f"to_tsvector('simple', {text})",
            name=f"ix_{table.name}_search"[:63],
            only="postgresql",
        )
    )
    plan.decide(
        f"{table.name} ({', '.join(columns)})",
        "a GIN index over the words (to_tsvector)",
        "LIKE '%word%' reads every row",
        "pg_trgm: finds parts of words as well, and is larger",
    )


def _foreign_keys(plan: Plan, table: Table) -> list[tuple[str, ...]]:
    pairs = [key.columns[::-1] if key.waits else key.columns for key in table.keys]
    return pairs + [(column.name,) for column in table.columns if column.references]


def _served(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether an index of all rows, or one that something unique has, begins with the columns."""
    size = len(columns)
    keys = [table.primary_key]
    keys += [
        index.columns
        for index in table.indexes
        if not (index.where or index.method or index.lowered)
    ]
    keys += [
        u.columns
        for u in table.uniques
        if not u.where and not {*u.lowered, *u.folded} & set(columns)
    ]
    return any(set(key[:size]) == set(columns) for key in keys)


def _without_covered(table: Table) -> None:
    """Takes away each index whose columns begin another one of the same rows."""
    kept: list[Index] = []
    for index in table.indexes:
        others = [
            other.columns
            for other in table.indexes
            if other is not index and not other.method and other.where == index.where
            and set(other.lowered) & set(index.columns) == set(index.lowered)
            and len(other.columns) > len(index.columns)
        ]  # fmt: skip
        if not (index.where or index.lowered):
            others += [u.columns for u in table.uniques if not u.is_index]
            others.append(table.primary_key)
        size = len(index.columns)
        covered = any(
            other[:size] == index.columns and (len(other) > size or not index.descending)
            for other in others
        )
        if index.method or not covered:
            kept.append(index)
    table.indexes = kept
