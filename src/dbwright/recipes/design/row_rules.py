"""Rules between the values of a row, and of periods among the rows of a table."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import BriefRule
from dbwright.core.claim import ProbeValue, SameAs, Sql
from dbwright.recipes.design import columns_of, names
from dbwright.recipes.design.parts import Check, Exclude, Plan, Table

Step = Callable[[Plan, Table, BriefRule, str], None]


def _ordered(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    found = columns_of.listed(table, rule.of)
    for low, high in itertools.pairwise(found):
        a, b = names.quoted(low, plan.database), names.quoted(high, plan.database)
        early, late = _pair(table, low)
        same: dict[str, ProbeValue] = {low: early, high: early}
        turned: dict[str, ProbeValue] = {low: late, high: early}
        right: dict[str, ProbeValue] = {low: early, high: late}
        days = _days(table, low) and not _is_period(table, (low, high))
        equal = days if rule.or_equal is None else rule.or_equal
        if equal:
            check = Check(f"{high}_not_before_{low}", f"{a} <= {b}", (turned,), (right, same))
        if days and rule.or_equal is None:
            plan.decide(
                f"{table.name}.{high}",
                "both days count, so they may be the same day",
                "what lasts one day begins and ends on it",
                "or_equal: false in the brief, where the second day is the first one after",
            )
        if not equal:
            check = Check(f"{high}_after_{low}", f"{a} < {b}", (turned, same), (right,))
        if not any(old.sql in (check.sql, f"{a} < {b}") for old in table.checks):
            table.checks.append(check)


def _days(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.family == "date"


def _is_period(table: Table, pair: tuple[str, str]) -> bool:
    """Whether the two bound a period that must not overlap others: its end is not part of it."""
    return any(
        rule.kind == "no-overlap" and columns_of.listed(table, rule.of) == pair
        for rule in table.entity.rules
    )


def _pair(table: Table, name: str) -> tuple[ProbeValue, ProbeValue]:
    column = table.column(name)
    family = column.family if column else ""
    found: dict[str, tuple[ProbeValue, ProbeValue]] = {
        "datetime": ("2026-03-01 10:00:00", "2026-03-01 11:00:00"),
        "date": ("2026-03-01", "2026-03-08"),
        "time": ("10:00:00", "11:00:00"),
        "text": ("a", "b"),
        "bool": (True, False),
        "uuid": (
            "5c1f0c52-93d9-4c1c-8d9b-0f8f7a2c6a11",
            "6d2a1c63-a4ea-4d2d-9eac-1a9a8b3d7b22",
        ),
        "ip": ("192.0.2.1", "192.0.2.2"),
    }
    return found.get(family, (10, 20))


def _counted(kind: str) -> Step:
    """How many of several columns are set, spelled so that every database reads it."""

    def add_rule(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
        found = columns_of.listed(table, rule.of)
        none: dict[str, ProbeValue] = dict.fromkeys(found)
        one = {**none, found[0]: _set(plan, table, found[0])}
        every = {name: _set(plan, table, name) for name in found}
        bad = {"exactly-one": (none, every), "at-least-one": (none,), "at-most-one": (every,)}
        good = {"exactly-one": (one,), "at-least-one": (one, every), "at-most-one": (one, none)}
        name = f"{names.snake(kind)}_{'_'.join(found)}"
        if len(name) > 40:
            name = f"{names.snake(kind)}{number}"
        quoted = [names.quoted(column, plan.database) for column in found]
        table.checks.append(Check(name, _COUNTS[kind](quoted), bad[kind], good[kind]))

    return add_rule


def _exactly_one(found: list[str]) -> str:
    cases = [
        " AND ".join(f"{other} IS {'NOT ' if other == name else ''}NULL" for other in found)
        for name in found
    ]
    return " OR ".join(f"({case})" for case in cases)


def _at_least_one(found: list[str]) -> str:
    return " OR ".join(f"{name} IS NOT NULL" for name in found)


def _at_most_one(found: list[str]) -> str:
    pairs = [(a, b) for number, a in enumerate(found) for b in found[number + 1 :]]
    text = [f"{a} IS NULL OR {b} IS NULL" for a, b in pairs]
    return text[0] if len(text) == 1 else " AND ".join(f"({item})" for item in text)


_COUNTS: dict[str, Callable[[list[str]], str]] = {
    "exactly-one": _exactly_one,
    "at-least-one": _at_least_one,
    "at-most-one": _at_most_one,
}


def _set(plan: Plan, table: Table, name: str) -> ProbeValue:
    """A value for a column that must be set; a reference takes a row that is there."""
    column = table.column(name)
    if column is None or column.family != "reference":
        return columns_of.some(table, column) if column else None
    target = column.references.rpartition(".")[0]
    key = column.references.rpartition(".")[2]
    for foreign in table.keys:
        if name in foreign.columns:
            target, key = foreign.table, foreign.referred[foreign.columns.index(name)]
    key, there = names.quoted(key, plan.database), names.quoted(target, plan.database)
    return Sql(f"select {key} from {there} limit 1")


def _together(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    found = columns_of.listed(table, rule.of)
    nulls = [f"({names.quoted(name, plan.database)} IS NULL)" for name in found]
    sql = " AND ".join(f"{nulls[0]} = {other}" for other in nulls[1:])
    none: dict[str, ProbeValue] = dict.fromkeys(found)
    every = {name: _set(plan, table, name) for name in found}
    one = {**none, found[0]: every[found[0]]}
    name = f"{'_'.join(found)}_together"
    table.checks.append(
        Check(name if len(name) < 40 else f"together{number}", sql, (one,), (none, every))
    )


def _when(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    found = columns_of.listed(table, rule.of)
    holds = []
    for name, value in rule.where.items():
        for key in columns_of.resolved(table, name):
            column, code = table.column(key), columns_of.compared(plan, key, value)
            unsure = column is not None and column.nullable and value is not None
            holds.append(f"coalesce({code}, false)" if unsure else code)
    sets = " AND ".join(f"{names.quoted(name, plan.database)} IS NOT NULL" for name in found)
    rows = columns_of.rows_of(table, rule.where)
    bad = tuple({**among, **dict.fromkeys(found)} for among in rows)
    good = tuple({**among, **{name: _set(plan, table, name) for name in found}} for among in rows)
    texts = dict.fromkeys(v for among in rows for v in among.values() if isinstance(v, str))
    last = [*texts][-len(rows) :] or ["set"]
    name = f"{found[0]}_when_{'_or_'.join(names.snake(text) for text in last)}"
    name = name if len(name) <= 40 else f"{found[0]}_when{number or '1'}"
    table.checks.append(Check(name, f"NOT ({' AND '.join(holds)}) OR ({sets})", bad, good))


def _differ(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    found = columns_of.listed(table, rule.of)
    for one, other in itertools.combinations(found, 2):
        a, b = names.quoted(one, plan.database), names.quoted(other, plan.database)
        low, high = _two(plan, table, one)
        same: dict[str, ProbeValue] = {one: low, other: low}
        apart: dict[str, ProbeValue] = {one: low, other: high}
        name = f"{other}_differs_from_{one}"
        name = name if len(name) <= 40 else f"{other[:24]}_differs{number}"
        table.checks.append(Check(name, f"{a} <> {b}", (same,), (apart,)))


def _two(plan: Plan, table: Table, name: str) -> tuple[ProbeValue, ProbeValue]:
    """Two values of a column, for a reference two rows that are there."""
    column = table.column(name)
    if column is None or column.family != "reference":
        return _pair(table, name)
    first = _set(plan, table, name)
    assert isinstance(first, Sql)
    query = first.expression.removesuffix(" limit 1")
    key = query.split()[1]
    ordered = f"{query} order by {key}"
    return Sql(f"{ordered} limit 1"), Sql(f"{ordered} desc limit 1")


def _no_overlap(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    start, end = columns_of.listed(table, rule.of)
    per = columns_of.listed(table, rule.per)
    where = columns_of.condition(plan, table, rule.where)
    if table.entity.soft_delete:
        where = f"{where} AND deleted_at IS NULL" if where else "deleted_at IS NULL"
    column = table.column(start)
    _ends_in_order(plan, table, (start, end))
    if not ABILITIES[plan.database].exclusion:
        _locked(plan, table, (start, end), per)
        return
    family = "daterange" if column and column.family == "date" else "tstzrange"
    low, high = names.quoted(start, plan.database), names.quoted(end, plan.database)
    among = columns_of.values_of(table, rule.where)
    rows = _periods(table, (start, end), per, among)
    table.excludes.append(
        Exclude(
            f"{table.name}_no_overlap{number}",
            per,
            f"{family}({low}, {high})",
            where,
            rows[0],
            rows[1],
        )
    )
    if "btree_gist" not in plan.extensions and per:
        plan.extensions.append("btree_gist")
    plan.decide(
        table.name,
        "the database refuses periods that overlap (EXCLUDE USING gist)",
        "two requests at the same moment both find the place free; only a constraint sees both",
        "a lock on what is booked and a look before writing: slower, and easily forgotten",
    )


def _ends_in_order(plan: Plan, table: Table, period: tuple[str, str]) -> None:
    start, end = period
    _ordered(plan, table, BriefRule("ordered", (start, end)), "")


def _locked(plan: Plan, table: Table, period: tuple[str, str], per: tuple[str, ...]) -> None:
    title = ABILITIES[plan.database].title
    what = ", ".join(per) or "the table"
    table.comments.append(
        f"{title} cannot refuse periods that overlap: lock {what} before looking, then write."
    )
    plan.notes.append(
        f"{title} has no EXCLUDE: that {period[0]} to {period[1]} of {table.name} do not overlap "
        "is not kept by the database. Lock the row that is booked (SELECT … FOR UPDATE; on SQLite "
        "BEGIN IMMEDIATE), look for an overlap, then write, in one transaction."
    )


def _periods(
    table: Table, period: tuple[str, str], per: tuple[str, ...], among: dict[str, ProbeValue]
) -> tuple[tuple[dict[str, ProbeValue], ...], tuple[dict[str, ProbeValue], ...]]:
    """Rows that overlap, and rows of which one begins as the other ends."""
    column = table.column(period[0])
    texts: tuple[str, ...]
    if column and column.family == "date":
        texts = ("2031-03-01", "2031-03-05", "2031-03-03", "2031-03-09")
    else:
        texts = tuple(f"2031-03-01 {hour}:00:00" for hour in ("10", "12", "11", "14"))
    same: dict[str, ProbeValue] = {name: SameAs(0) for name in per}
    first = {**among, period[0]: texts[0], period[1]: texts[1]}
    overlapping = {**among, **same, period[0]: texts[2], period[1]: texts[3]}
    next_one = {**among, **same, period[0]: texts[1], period[1]: texts[3]}
    return (first, overlapping), (first, next_one)


RULES: dict[str, Step] = {
    "ordered": _ordered,
    "no-overlap": _no_overlap,
    "exactly-one": _counted("exactly-one"),
    "at-least-one": _counted("at-least-one"),
    "at-most-one": _counted("at-most-one"),
    "together": _together,
    "when": _when,
    "differ": _differ,
}
