"""The cases that prove a design: rows that its tables must refuse and take, values of classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from dbwright.core.abilities import ABILITIES
from dbwright.core.claim import ProbeValue, RowProbe, SameAs, Sql, Unmatched
from dbwright.recipes.design import columns_of, names, tenants
from dbwright.recipes.design.parts import Column, Plan, Table, Unique

What = Literal["required", "value set", "check", "unique", "reference", "period"]


@dataclass(frozen=True, slots=True)
class Case:
    """Rows for one constraint; the last is refused or taken."""

    what: What
    subject: str
    probe: RowProbe
    constraint: str = ""


def cases(plan: Plan, database: str) -> Iterator[Case]:
    """Gives the cases that a database must meet; SQLite cannot keep all that PostgreSQL does."""
    for table in plan:
        usual = _usual(table)
        for case in _of_table(plan, table, database):
            rows = tuple({**usual, **row} for row in case.probe.rows)
            yield replace(case, probe=replace(case.probe, rows=rows)) if usual else case


def _usual(table: Table) -> dict[str, ProbeValue]:
    """Numbers that are none of those that must not be, which rows made at random may have."""
    found: dict[str, ProbeValue] = {}
    for attribute in table.entity.attributes:
        for column in table.known.get(attribute.name, ()) if attribute.never else ():
            check = next((c for c in table.checks if c.accepts and set(c.accepts[0]) == {column}
                          and c.name.endswith(("_never", "_not_zero"))), None)  # fmt: skip
            alone = not any(column in unique.columns for unique in table.uniques)
            if check is not None and alone:
                found[column] = check.accepts[0][column]
    return found


def _of_table(plan: Plan, table: Table, database: str) -> Iterator[Case]:
    able = ABILITIES[database]
    for column in table.columns:
        yield from _column(plan, table, column)
    for check in table.checks:
        subject = f"{table.name}: {check.name}"
        yield from _both("check", table, subject, [(r,) for r in check.refuses],
                         [(r,) for r in check.accepts], check.name)  # fmt: skip
    for unique in table.uniques:
        kept = able.deferrable or not unique.deferrable
        if kept and (able.nulls_equal or not unique.nulls_equal):
            yield from _unique(table, unique)
    for exclude in table.excludes if able.exclusion else ():
        subject = f"{table.name}: {exclude.name}"
        yield from _both("period", table, subject, [exclude.refuses], [exclude.accepts])
    yield from _tenant(plan, table)


def _both(
    what: What,
    table: Table,
    subject: str,
    refused: list[tuple[dict[str, ProbeValue], ...]],
    accepted: list[tuple[dict[str, ProbeValue], ...]],
    constraint: str = "",
) -> Iterator[Case]:
    for rows in refused:
        yield Case(what, subject, RowProbe(table.name, rows, "refused"), constraint)
    for rows in accepted:
        yield Case(what, subject, RowProbe(table.name, rows, "accepted"), constraint)


def _column(plan: Plan, table: Table, column: Column) -> Iterator[Case]:
    subject = f"{table.name}.{column.name}"
    if not column.nullable and not column.primary:
        held = _partners(plan, table, column)
        owned = {} if column.name in held else _owned(plan, table)
        rows = ({**owned, **held, column.name: None},)
        yield Case("required", subject, RowProbe(table.name, rows, "refused"))
    if column.nullable and not any(column.name in check.sql for check in table.checks):
        rows = ({**_owned(plan, table), column.name: None},)
        yield Case("required", subject, RowProbe(table.name, rows, "accepted"))
    choice = next((item for item in table.choices if item.name == column.enum), None)
    if choice is not None:
        yield Case("value set", subject, RowProbe(table.name, ({column.name: "?"},), "refused"))
        if not _is_bound(table, column.name):
            for value in choice.values:
                rows = ({column.name: value},)
                yield Case("value set", subject, RowProbe(table.name, rows, "accepted"))
    if column.references:
        held = _partners(plan, table, column)
        rows = ({**(_owned(plan, table) or held), **held, column.name: Unmatched()},)
        yield Case("reference", subject, RowProbe(table.name, rows, "refused"))


def _partners(plan: Plan, table: Table, column: Column) -> dict[str, ProbeValue]:
    """Rows that are there for the other columns of the foreign keys that hold the column."""
    found: dict[str, ProbeValue] = {}
    for key in table.keys:
        if column.name not in key.columns:
            continue
        there = names.quoted(key.table, plan.database)
        for own, other in zip(key.columns, key.referred, strict=True):
            if own != column.name:
                name = names.quoted(other, plan.database)
                found[own] = Sql(f"select {name} from {there} limit 1")
    return found


def _first_tenant(plan: Plan) -> str:
    owner = plan.table(plan.brief.tenant)
    key = names.quoted(owner.primary_key[0], plan.database)
    return f"select {key} from {names.quoted(owner.name, plan.database)} order by {key} limit 1"


def _owned(plan: Plan, table: Table) -> dict[str, ProbeValue]:
    """A row's references within the first tenant; nothing where the table has no such ones."""
    if not tenants.is_owned(plan, table) or not table.keys:
        return {}
    shared, own = tenants.column_name(plan), _first_tenant(plan)
    found: dict[str, ProbeValue] = {shared: Sql(own)}
    for key in table.keys:
        if key.columns[0] == shared and len(key.columns) == 2:
            there = names.quoted(key.table, plan.database)
            column = table.column(key.columns[1])
            other = names.quoted(key.referred[1], plan.database)
            query = f"select {other} from {there} where {shared} = ({own}) limit 1"
            found[key.columns[1]] = None if column and column.nullable else Sql(query)
    return found


def _is_bound(table: Table, name: str) -> bool:
    """Whether a rule ties other columns to the value."""
    checks = any(name in check.sql for check in table.checks)
    return checks or any(name in unique.among for unique in table.uniques)


def _unique(table: Table, unique: Unique) -> Iterator[Case]:
    subject = f"{table.name} ({', '.join(unique.columns)})"
    if unique.where:
        subject += f" where {unique.where}"
    among = dict(unique.among)
    same: dict[str, ProbeValue] = {name: SameAs(0) for name in unique.columns}
    if not set(table.primary_key) <= set(unique.columns):
        yield Case("unique", subject, RowProbe(table.name, (among, {**among, **same}), "refused"))
    for each in unique.also:
        other = {**among, **each}
        yield Case("unique", subject, RowProbe(table.name, (other, {**other, **same}), "refused"))
    yield from _unset(table, unique, subject, same)
    for name in unique.lowered:
        one, two = _cases(table, name)
        rows: tuple[dict[str, ProbeValue], ...] = (
            {**among, name: one},
            {**among, **same, name: two},
        )
        yield Case("unique", f"{subject}, whatever its case", RowProbe(table.name, rows, "refused"))
    yield Case("unique", subject, RowProbe(table.name, ({}, {}), "accepted"))
    if unique.outside and not unique.lowered:
        outside = {**among, **unique.outside}
        rows = (outside, {**outside, **same})
        yield Case("unique", f"{subject}, outside", RowProbe(table.name, rows, "accepted"))


def _cases(table: Table, name: str) -> tuple[str, str]:
    """The same text in two ways, as long as it has to be."""
    if any(a.type == "email" and names.snake(a.name) == name for a in table.entity.attributes):
        return "Ann@example.com", "ann@EXAMPLE.com"
    tried = [row[name] for check in table.checks for row in check.accepts if set(row) == {name}]
    least = max((len(text) for text in tried if isinstance(text, str)), default=3)
    text = ("Ann" * least)[: max(least, 1)]
    return text, text.swapcase()


def _unset(
    table: Table, unique: Unique, subject: str, same: dict[str, ProbeValue]
) -> Iterator[Case]:
    """Rows in which what may be left out is not set: the same twice, then one of the two."""
    if not unique.twice:
        return
    for name in unique.twice:
        first = {**unique.among, name: None}
        rows = (first, {**first, **same})
        yield Case("unique", f"{subject}, {name} not set", RowProbe(table.name, rows, "refused"))
        column = table.column(name)
        value = columns_of.some(table, column) if column else None
        if value is not None:
            rows = (first, {**first, **same, name: value})
            told = f"{subject}, {name} set in one"
            yield Case("unique", told, RowProbe(table.name, rows, "accepted"))
    first = {**unique.among, **dict.fromkeys(unique.twice)}
    rows = (first, {**first, **same})
    yield Case("unique", f"{subject}, none set", RowProbe(table.name, rows, "refused"))


def _tenant(plan: Plan, table: Table) -> Iterator[Case]:
    """A reference to a row of another tenant."""
    if not tenants.is_owned(plan, table):
        return
    shared, own = tenants.column_name(plan), _first_tenant(plan)
    for found in table.keys:
        if found.columns[0] != shared or len(found.columns) != 2:
            continue
        key = names.quoted(found.referred[1], plan.database)
        other = (
            f"select {key} from {names.quoted(found.table, plan.database)} "
            f"where {shared} <> ({own}) limit 1"
        )
        rows = ({**_owned(plan, table), found.columns[1]: Sql(other)},)
        subject = f"{table.name}.{found.columns[1]} of another {plan.brief.tenant}"
        yield Case("reference", subject, RowProbe(table.name, rows, "refused"))


def values(plan: Plan) -> list[dict[str, Any]]:
    """Gives the values that classes must refuse and take, for the child's `exercise`."""
    found: list[dict[str, Any]] = []
    for table in plan:
        for method in table.methods:
            for refused, items in ((True, method.refuses), (False, method.accepts)):
                for item in items:
                    for attribute, value in item.items():
                        start, new = value if isinstance(value, tuple) else (None, value)
                        found.append(
                            {
                                "class": table.cls,
                                "attribute": attribute,
                                "start": start,
                                "value": new,
                                "refused": refused,
                            }
                        )
    return found


def deletes(plan: Plan) -> list[dict[str, str]]:
    """Gives the sides of relationships whose rows are deleted, and what becomes of the others."""
    return [
        {"class": table.cls, "link": link.name, "becomes": link.deletes}
        for table in plan
        for link in table.links
        if link.deletes and not _is_kept(plan, link.child)
    ]


def _is_kept(plan: Plan, name: str) -> bool:
    """Whether the ORM refuses to delete or change rows of the table at all."""
    return any(found.name == name and found.entity.append_only for found in plan)


def kinds(plan: Plan) -> Iterator[str]:
    """Gives the statements that make generated rows of kinds agree with their discriminators."""
    for root in plan:
        kind = root.mapper.get("polymorphic_on")
        if not kind:
            continue
        below = [table for table in plan if _root(plan, table) is root and table is not root]
        own = names.quoted(root.name, plan.database)
        yield f"update {own} set {kind} = '{names.snake(root.entity.name)}'"
        for number, table in enumerate(below):
            name = names.quoted(table.name, plan.database)
            for other in below[:number]:
                if other.cls != table.parent:
                    there = names.quoted(other.name, plan.database)
                    yield f"delete from {name} where id in (select id from {there})"
        for table in below:  # the most special last
            name = names.quoted(table.name, plan.database)
            value = names.snake(table.entity.name)
            yield f"update {own} set {kind} = '{value}' where id in (select id from {name})"


def _root(plan: Plan, table: Table) -> Table:
    while table.entity.kind_of:
        table = plan.table(table.entity.kind_of)
    return table


def crowded(plan: Plan) -> list[str]:
    """Gives the tables whose rows use up what they refer to: one of them each, or a pair."""
    return [
        table.name
        for table in plan
        if table.parent
        or any(all(_refers(table, name) for name in unique.columns) for unique in table.uniques)
    ]


def _refers(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.family == "reference"
