"""Tests of a design for its users: pytest on a database of theirs, else SQLite in memory.

They are made of the cases that the proof ran: rows that are refused, rows that are taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from dbwright.core.claim import ProbeValue, RowProbe, SameAs, Unmatched
from dbwright.recipes.design import cases, layout, names, samples, tenants
from dbwright.recipes.design.parts import Column, Plan, Table

_HEAD = '''
import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session as DatabaseSession

URL = os.environ.get("TEST_DATABASE_URL", "sqlite://")
REFUSED = (StatementError, ValueError)  # by the database or by the class
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    found = create_engine(URL)
    if found.dialect.name == "sqlite":
        event.listen(found, "connect", lambda c, _: c.execute("pragma foreign_keys = on"))
    Base.metadata.create_all(found)
    yield found
    Base.metadata.drop_all(found)


@pytest.fixture
def session(engine: Engine) -> Iterator[DatabaseSession]:
    """A session whose rows are gone after the test."""
    with engine.connect() as connection, connection.begin() as outer:
        with DatabaseSession(connection, join_transaction_mode="create_savepoint") as found:
            yield found
        outer.rollback()


def saved(session: DatabaseSession, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
'''.strip("\n")


_TAKEN = {"Decimal", "Engine", "Any", "Iterator", "Base", "StatementError"}


def written(plan: Plan, module: str, without: Collection[str] = ()) -> str:
    """Gives the text of a test module; "" where no row could be written by itself.

    `module` is what the models are imported from. `without` are the names of tests to leave out;
    a table whose good row is among them is left out with all that needs its rows.
    """
    if not is_possible(plan):
        return ""
    body = "\n\n\n".join(functions(plan, without))
    if "def test_" not in body:
        return ""
    used = layout.used_names(body)
    classes = {table.cls for table in plan} & used
    enums = {choice.name for table in plan for choice in table.choices}
    models = sorted({"Base", *classes, *(enums & used)})
    standard = ["import datetime as dt"] if "dt." in body else []
    standard += ["import itertools"]
    late = ["from decimal import Decimal"] if "Decimal(" in body else []
    late += ["from typing import Any"]
    late += ["from uuid import uuid4"] if "uuid4()" in body else []
    head = _HEAD.replace("import os\nfrom collections.abc import Iterator\n",
        "import os\nfrom collections.abc import Iterator\n" + "\n".join(late) + "\n")  # fmt: skip
    more = "".join(f", {name}" for name in ("func", "select") if name in used)
    head = head.replace(
        "import create_engine, event, func, select", f"import Engine, create_engine, event{more}"
    )
    listed = f"from {module} import {', '.join(models)}"
    if len(listed) > layout.WIDTH:
        listed = f"from {module} import (\n" + "".join(f"    {n},\n" for n in models) + ")"
    head = head.replace("\n\nURL", f"\n\n{listed}\n\nURL", 1)
    doc = (
        '"""What the models promise: rows that are refused, rows that are taken.\n\n'
        "Run them with `python -m pytest`. TEST_DATABASE_URL names an empty database to run on, "
        "whose\ntables are dropped at the end; without it they run on SQLite in memory.\n"
        '"""'
    )
    lines = [doc, "", "from __future__ import annotations", "", *standard, head]
    text = "\n".join(lines) + f"\n\n\n{body}\n"
    if "Session" not in classes:
        text = text.replace("Session as DatabaseSession", "Session")
        text = text.replace("DatabaseSession", "Session")
    return text


def is_possible(plan: Plan) -> bool:
    """Whether rows can be written one after the other, and no class has a name that tests need."""
    circular = any(_circular(plan, table, ()) for table in plan)
    return not (circular or _TAKEN & {table.cls for table in plan})


def needed(plan: Plan) -> list[str]:
    """Gives the classes that rows of the design have to refer to."""
    found = [there.cls for table in plan for _, there, _ in _parents_of_chain(plan, table)]
    return list(dict.fromkeys(found))


def functions(plan: Plan, without: Collection[str] = (), before: Sequence[str] = ()) -> list[str]:
    """Gives the functions of a module of tests: one that writes a row of each table, then tests.

    `before` are those that write rows of tables that are there; `without` is as `written` has it.
    """
    parts = [*before, *(_factory(plan, table) for table in plan)]
    for table in plan:
        parts += [*_takes(table), *_refused(plan, table), *_unique(plan, table)]
        parts += [*_deleted(plan, table), *_steps(table)]
    bad = {_name(t) for t in plan if f"test_{names.snake(t.cls)}_is_taken" in without}
    while True:  # what needs a bad row is bad as well
        more = {name for part in parts if any(f"{each}(" in part for each in bad)
                for name in re.findall(r"^def (new_\w+)", part)}  # fmt: skip
        if more <= bad:
            break
        bad |= more
    return [
        part.strip("\n")
        for part in parts
        if not any(f"{name}(" in part for name in bad)
        and not any(f"def {name}(" in part for name in without)
    ]


def _circular(plan: Plan, table: Table, seen: tuple[str, ...]) -> bool:
    """Whether a row of the table cannot be there before itself."""
    if table.name in seen:
        return True
    below = {there.name: there for _, there, _ in _parents(plan, table)}
    return any(_circular(plan, there, (*seen, table.name)) for there in below.values())


def _parents(plan: Plan, table: Table) -> Iterator[tuple[Column, Table, str]]:
    """The columns that have to refer to a row, the tables that they refer to, and which column."""
    by_name = {found.name: found for found in (*plan, *plan.existing.values())}
    for column in table.columns:
        if column.nullable or (column.primary and table.parent):
            continue
        if column.references:
            there, _, key = column.references.rpartition(".")
            yield column, by_name[there], key
            continue
        for found in table.keys:
            if column.name in found.columns and column.family == "reference":
                at = found.columns.index(column.name)
                yield column, by_name[found.table], found.referred[at]
                break


def _name(table: Table) -> str:
    return f"new_{names.snake(table.cls)}"


def _factory(plan: Plan, table: Table) -> str:
    """A function that writes a row of the table, with what it needs to refer to."""
    shared = tenants.column_name(plan) if tenants.is_owned(plan, table) else ""
    needs = []
    chain = _parents_of_chain(plan, table)
    for column, there, key in sorted(chain, key=lambda item: item[0].name != shared):
        pass_on = ""
        if shared and column.name != shared and tenants.is_owned(plan, there):
            pass_on = f', {shared}=values["{shared}"]'
        other = there.column(key)
        attribute = other.key if other else key
        needs.append((column.key, f"{_name(there)}(session{pass_on}).{attribute}"))
    return factory(table.cls, needs, samples.usual(plan, table))


def factory(cls: str, needs: Iterable[tuple[str, str]], usual: Mapping[str, str]) -> str:
    """Gives a function that writes a row of a class: what it `needs` to refer to, then the rest."""
    name = f"new_{names.snake(cls)}"
    lines = [f"def {name}(session: DatabaseSession, **values: Any) -> {cls}:"]
    if any("n" in layout.used_names(code) for code in usual.values()):
        lines.append("    n = next(NUMBERS)")
    for key, call in needs:
        lines.append(f'    if "{key}" not in values:')
        lines.append(f'        values["{key}"] = {call}')
    entries = [f'        "{key}": {code},' for key, code in usual.items()]
    lines += ["    usual: dict[str, Any] = {", *entries, "    }"] if entries else []
    given = "**{**usual, **values}" if entries else "**values"
    lines.append(f"    return saved(session, {cls}({given}))")
    return "\n".join(lines)


def _parents_of_chain(plan: Plan, table: Table) -> list[tuple[Column, Table, str]]:
    return [item for each in samples.chain(plan, table) for item in _parents(plan, each)]


def _takes(table: Table) -> Iterator[str]:
    name = names.snake(table.cls)
    head = f"def test_{name}_is_taken(session: DatabaseSession) -> None:"
    yield f"{head}\n    {_name(table)}(session)\n"


def _singles(plan: Plan, table: Table, expect: str) -> Iterator[tuple[str, str]]:
    """The cases of one row as (subject, keyword arguments), each once."""
    seen: set[str] = set()
    for case in cases.cases(plan, "sqlite"):
        probe: RowProbe = case.probe
        if probe.table != table.name or probe.expect != expect or len(probe.rows) != 1:
            continue
        row = dict(probe.rows[0])
        if case.what == "required" and expect == "refused":
            if _is_filled(table, case.subject.rpartition(".")[2]):
                continue
            row = {case.subject.rpartition(".")[2]: None}
        if case.what == "reference":
            continue
        entries = []
        for name, value in row.items():
            column = table.column(name)
            if column is None or not (value is None or isinstance(value, str | int | float)):
                break
            entries.append(f'"{column.key}": {samples.code(table, column, value)}')
        else:
            code = f"{{{', '.join(entries)}}}"
            if code not in seen and entries:
                seen.add(code)
                yield case.subject, code


def _is_filled(table: Table, name: str) -> bool:
    """Whether the class fills the column by itself, or looks into its value before the database."""
    column = table.column(name)
    if column is None or {"default", "server_default"} & set(column.arguments):
        return True
    if column.family in ("version", "identity") or column.name in table.mapper.values():
        return True
    return any(f'@validates("{column.key}"' in method.text for method in table.methods)


def _refused(plan: Plan, table: Table) -> Iterator[str]:
    name = names.snake(table.cls)
    for expect, verb in (("refused", "refuses"), ("accepted", "takes")):
        found = [code for _, code in _singles(plan, table, expect)]
        if not found:
            continue
        rows = "".join(f"        {code},\n" for code in found)
        lines = [
            "@pytest.mark.parametrize(",
            '    "values",',
            "    [",
            rows.rstrip("\n"),
            "    ],",
            "    ids=str,",
            ")",
            f"def test_{name}_{verb}(session: DatabaseSession, values: dict[str, Any]) -> None:",
        ]
        if expect == "refused":
            lines += [
                "    with pytest.raises(REFUSED):",
                f"        {_name(table)}(session, **values)",
            ]
        else:
            lines.append(f"    {_name(table)}(session, **values)")
        yield "\n".join(lines)


def _unique(plan: Plan, table: Table) -> Iterator[str]:
    """Rows that agree in what must be unique, and a reference to nothing."""
    name, number = names.snake(table.cls), 0
    for case in cases.cases(plan, "sqlite"):
        rows = case.probe.rows
        if (
            case.what != "unique"
            or case.probe.table != table.name
            or case.probe.expect != "refused"
        ):
            continue
        if len(rows) != 2 or any(isinstance(v, Unmatched) for v in rows[1].values()):
            continue
        columns = [table.column(key) for key in rows[1]]
        if any(column is None for column in columns):
            continue
        given = dict(rows[0])
        unset = [c for c in columns if c and c.nullable and c.name not in given
                 and isinstance(rows[1][c.name], SameAs)]  # fmt: skip
        if any(column.family == "reference" for column in unset):
            continue
        given |= {column.name: samples.some(table, column) for column in unset}
        first = _keywords(table, given, "")
        second = _keywords(table, rows[1], "first")
        number += 1
        yield "\n".join(
            [
                f"def test_{name}_is_there_once_{number}(session: DatabaseSession) -> None:",
                f'    """{case.subject.replace(chr(34), "")}."""',
                f"    first = {_name(table)}(session{first})",
                "    with pytest.raises(REFUSED):",
                f"        {_name(table)}(session{second})",
            ]
        )


def _keywords(table: Table, row: dict[str, ProbeValue], first: str) -> str:
    found = ""
    for key, value in row.items():
        column = table.column(key)
        assert column is not None
        code = f"{first}.{column.key}"
        if not isinstance(value, SameAs):
            code = samples.code(table, column, value)
        found += f", {column.key}={code}"
    return found


def _deleted(plan: Plan, table: Table) -> Iterator[str]:
    """What becomes of rows when what they refer to is deleted through the session."""
    for link in table.links:
        child = next((found for found in plan if found.name == link.child), None)
        if not link.deletes or child is None or len(link.child_columns) != 1:
            continue
        column = child.column(link.child_columns[0])
        kept = "AppendOnly" in child.mixins or "AppendOnly" in table.mixins
        if column is None or kept or child is table or table.parent or child.parent:
            continue
        shared = tenants.column_name(plan)
        both = tenants.is_owned(plan, child) and tenants.is_owned(plan, table)
        tenant = f", {shared}=parent.{shared}" if both else ""
        key = table.primary_key[0] if table.primary_key else "id"
        own = table.column(key)
        refers = f"{column.key}=parent.{own.key if own else key}"
        lines = [
            f"def test_{names.snake(link.name)}_of_a_deleted_{names.snake(table.cls)}"
            "(session: DatabaseSession) -> None:",
            f"    parent = {_name(table)}(session)",
            f"    child = {_name(child)}(session, {refers}{tenant})",
            f'    session.refresh(parent, ["{link.name}"])',
            f"    assert parent.{link.name} == {'[child]' if link.many else 'child'}",
        ]
        lines += {
            "cascade": ["    session.delete(parent)", "    session.flush()",
                        "    assert session.scalar(select(func.count()).select_from("
                        f"{child.cls})) == 0"],
            "set null": ["    session.delete(parent)", "    session.flush()",
                         "    session.refresh(child)", f"    assert child.{column.key} is None"],
            "restrict": ["    session.delete(parent)", "    with pytest.raises(REFUSED):",
                         "        session.flush()"],
        }[link.deletes]  # fmt: skip
        yield "\n".join(lines)


def _steps(table: Table) -> Iterator[str]:
    """The steps from one value to another that the class takes, and those that it refuses."""
    for method in table.methods:
        for verb, found in (("refuses", method.refuses), ("takes", method.accepts)):
            pairs = [(name, value) for item in found for name, value in item.items()
                     if isinstance(value, tuple)]  # fmt: skip
            if not pairs:
                continue
            name = pairs[0][0]
            rows = [f"        ({layout.string(old)}, {layout.string(new)}),"
                    for _, (old, new) in pairs]  # fmt: skip
            what = f"test_{names.snake(table.cls)}_{verb}_a_step_of_{name}"
            act = ["    with pytest.raises(ValueError):", f"        row.{name} = new"]
            yield "\n".join(
                [
                    "@pytest.mark.parametrize(",
                    '    ("old", "new"),',
                    "    [",
                    *rows,
                    "    ],",
                    ")",
                    f"def {what}(old: str, new: str) -> None:",
                    f"    row = {table.cls}({name}=old)",
                    *(act if verb == "refuses" else [f"    row.{name} = new"]),
                ]
            )
