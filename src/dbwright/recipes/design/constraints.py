"""The fourth step: what may not be there twice, and the rules between values of one row."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import BriefRule, BriefUnique, Scalar
from dbwright.core.claim import ProbeValue, Sql
from dbwright.recipes.design import columns, names
from dbwright.recipes.design.parts import Check, Column, Exclude, Plan, Table, Unique

Where = dict[str, Scalar | None]
Step = Callable[[Plan, Table, BriefRule, str], None]


def add(plan: Plan) -> None:
    """Adds keys over several columns and rules, then settles what unique means for each table."""
    for table in plan:
        for unique in table.entity.uniques:
            _unique(plan, table, unique)
        for number, rule in enumerate(table.entity.rules):
            _RULES[rule.kind](plan, table, rule, f"{number + 1}" if number else "")


def resolved(table: Table, name: str) -> tuple[str, ...]:
    """Gives the columns behind the name of an attribute or a relationship."""
    if name in table.known:
        return table.known[name]
    snake = names.snake(name)
    if snake in table.known:
        return table.known[snake]
    return (snake,) if table.column(snake) else ()


def listed(table: Table, found: tuple[str, ...]) -> tuple[str, ...]:
    """Gives the columns behind several names."""
    return tuple(column for name in found for column in resolved(table, name))


def condition(plan: Plan, table: Table, where: Where) -> str:
    """Gives the condition on the attributes' values as SQL."""
    parts = []
    for name, value in where.items():
        for column in resolved(table, name):
            quoted = names.quoted(column, plan.database)
            if value is None:
                parts.append(f"{quoted} IS NULL")
            elif isinstance(value, bool):
                parts.append(quoted if value else f"NOT {quoted}")
            else:
                parts.append(f"{quoted} = {columns.scalar_sql(value, plan.database)}")
    return " AND ".join(parts)


def values_of(table: Table, where: Where) -> dict[str, ProbeValue]:
    """Gives the values that a row in the condition has."""
    return {column: value for name, value in where.items() for column in resolved(table, name)}


def outside_of(table: Table, where: Where) -> dict[str, ProbeValue]:
    """Gives values of a row that is not in the condition."""
    for name, value in where.items():
        for column in resolved(table, name):
            found = table.column(column)
            if found is None:
                continue
            if value is None:
                return {column: _some(table, found)}
            if isinstance(value, bool):
                return {column: not value}
            others = [item for choice in table.choices if choice.name == found.enum
                      for item in choice.values if item != value]  # fmt: skip
            if others:
                return {column: others[0]}
    return {}


def _some(table: Table, column: Column) -> ProbeValue:
    """A value that is set, of a column's type."""
    choice = next((item for item in table.choices if item.name == column.enum), None)
    if choice:
        return choice.values[0]
    samples: dict[str, ProbeValue] = {
        "datetime": "2026-03-01 12:00:00+00:00",
        "date": "2026-03-01",
        "time": "12:00:00",
        "integer": 1,
        "number": 1,
        "bool": True,
        "text": "a",
        "uuid": "5c1f0c52-93d9-4c1c-8d9b-0f8f7a2c6a11",
    }
    return samples.get(column.family)


def _unique(plan: Plan, table: Table, unique: BriefUnique) -> None:
    found = listed(table, unique.of)
    lowered = tuple(
        name
        for name in found
        for attribute in table.entity.attributes
        if attribute.type == "email" and names.snake(attribute.name) == name
    )
    made = Unique(
        found,
        where=condition(plan, table, unique.where),
        lowered=lowered,
        among=values_of(table, unique.where),
        outside=outside_of(table, unique.where),
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
    from dbwright.recipes.design import tenants

    owner = tenants.column_name(plan) if tenants.is_owned(plan, table) else ""
    references = {column for pair in table.known.values() for column in pair}
    if owner and owner not in unique.columns and not _is_reference(table, unique, references):
        unique.columns = (owner, *unique.columns)
    able = ABILITIES[plan.database]
    gone = names.quoted("deleted_at", plan.database)
    if table.entity.soft_delete and gone not in unique.where and not unique.comment:
        unique.where = f"{unique.where} AND {gone} IS NULL" if unique.where else f"{gone} IS NULL"
        unique.among = {**unique.among, "deleted_at": None}
        unique.outside = {"deleted_at": "2026-03-01 12:00:00+00:00"}
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


def _ordered(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    found = listed(table, rule.of)
    for low, high in zip(found, found[1:], strict=False):
        a, b = names.quoted(low, plan.database), names.quoted(high, plan.database)
        early, late = _pair(table, low)
        same: dict[str, ProbeValue] = {low: early, high: early}
        turned: dict[str, ProbeValue] = {low: late, high: early}
        right: dict[str, ProbeValue] = {low: early, high: late}
        if _days(table, low) and not _is_period(table, (low, high)):
            check = Check(f"{high}_not_before_{low}", f"{a} <= {b}", (turned,), (right, same))
            plan.decide(
                f"{table.name}.{high}",
                "both days count, so they may be the same day",
                "what lasts one day begins and ends on it",
                "<, where the second day is the first one after",
            )
        else:
            check = Check(f"{high}_after_{low}", f"{a} < {b}", (turned, same), (right,))
        if not any(old.sql in (check.sql, f"{a} < {b}") for old in table.checks):
            table.checks.append(check)


def _days(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.family == "date"


def _is_period(table: Table, pair: tuple[str, str]) -> bool:
    """Whether the two bound a period that must not overlap others: its end is not part of it."""
    return any(
        rule.kind == "no-overlap" and listed(table, rule.of) == pair for rule in table.entity.rules
    )


def _pair(table: Table, name: str) -> tuple[ProbeValue, ProbeValue]:
    column = table.column(name)
    family = column.family if column else ""
    return {
        "datetime": ("2026-03-01 10:00:00+00:00", "2026-03-01 11:00:00+00:00"),
        "date": ("2026-03-01", "2026-03-08"),
        "time": ("10:00:00", "11:00:00"),
    }.get(family, (10, 20))  # type: ignore[return-value]


def _counted(kind: str) -> Step:
    """How many of several columns are set, spelled so that every database reads it."""

    def add_rule(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
        found = listed(table, rule.of)
        none: dict[str, ProbeValue] = dict.fromkeys(found)
        one = {**none, found[0]: _set(table, found[0])}
        every = {name: _set(table, name) for name in found}
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


def _set(table: Table, name: str) -> ProbeValue:
    """A value for a column that must be set; a reference takes a row that is there."""
    column = table.column(name)
    if column is None or column.family != "reference":
        return _some(table, column) if column else None
    target = column.references.rpartition(".")[0]
    key = column.references.rpartition(".")[2]
    for foreign in table.keys:
        if name in foreign.columns:
            target, key = foreign.table, foreign.referred[foreign.columns.index(name)]
    return Sql(f"select {key} from {target} limit 1")


def _together(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    found = listed(table, rule.of)
    nulls = [f"({names.quoted(name, plan.database)} IS NULL)" for name in found]
    sql = " AND ".join(f"{nulls[0]} = {other}" for other in nulls[1:])
    none: dict[str, ProbeValue] = dict.fromkeys(found)
    every = {name: _set(table, name) for name in found}
    one = {**none, found[0]: every[found[0]]}
    name = f"{'_'.join(found)}_together"
    table.checks.append(
        Check(name if len(name) < 40 else f"together{number}", sql, (one,), (none, every))
    )


def _when(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    found = listed(table, rule.of)
    holds = condition(plan, table, rule.where)
    sets = " AND ".join(f"{names.quoted(name, plan.database)} IS NOT NULL" for name in found)
    among = values_of(table, rule.where)
    bad = {**among, **dict.fromkeys(found)}
    good = {**among, **{name: _set(table, name) for name in found}}
    for name, value in among.items():
        if value is None:
            continue
        column = table.column(name)
        if column and column.nullable:
            holds = f"coalesce({names.quoted(name, plan.database)} = {columns.scalar_sql(value, plan.database)}, false)"  # type: ignore[arg-type]  # noqa: E501
    last = next((str(value) for value in among.values() if isinstance(value, str)), "set")
    name = f"{found[0]}_when_{names.snake(last)}"
    table.checks.append(Check(name, f"NOT ({holds}) OR ({sets})", (bad,), (good,)))


def _no_overlap(plan: Plan, table: Table, rule: BriefRule, number: str) -> None:
    start, end = listed(table, rule.of)
    per = listed(table, rule.per)
    where = condition(plan, table, rule.where)
    if table.entity.soft_delete:
        where = f"{where} AND deleted_at IS NULL" if where else "deleted_at IS NULL"
    column = table.column(start)
    _ends_in_order(plan, table, (start, end))
    if not ABILITIES[plan.database].exclusion:
        _locked(plan, table, (start, end), per)
        return
    family = "daterange" if column and column.family == "date" else "tstzrange"
    low, high = names.quoted(start, plan.database), names.quoted(end, plan.database)
    among = values_of(table, rule.where)
    rows = _periods(table, (start, end), per, among)
    free = outside_of(table, rule.where)
    accepts = rows[1] if not free else rows[1]
    table.excludes.append(
        Exclude(
            f"{table.name}_no_overlap{number}",
            per,
            f"{family}({low}, {high})",
            where,
            rows[0],
            accepts,
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
    from dbwright.core.claim import SameAs

    column = table.column(period[0])
    if column and column.family == "date":
        texts = ("2031-03-01", "2031-03-05", "2031-03-03", "2031-03-09")
    else:
        texts = tuple(f"2031-03-01 {hour}:00:00+00:00" for hour in ("10", "12", "11", "14"))
    same: dict[str, ProbeValue] = {name: SameAs(0) for name in per}
    first = {**among, period[0]: texts[0], period[1]: texts[1]}
    overlapping = {**among, **same, period[0]: texts[2], period[1]: texts[3]}
    next_one = {**among, **same, period[0]: texts[1], period[1]: texts[3]}
    return (first, overlapping), (first, next_one)


_RULES: dict[str, Step] = {
    "ordered": _ordered,
    "no-overlap": _no_overlap,
    "exactly-one": _counted("exactly-one"),
    "at-least-one": _counted("at-least-one"),
    "at-most-one": _counted("at-most-one"),
    "together": _together,
    "when": _when,
}
