"""Tables that are not what the code expects: a column or table missing, or there already."""

from __future__ import annotations

import re

from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.failure import Failure, Known
from dbwright.core.finding import Alternative
from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, CreateTable
from dbwright.core.place import Place

_MISSING = re.compile(
    r"column \"?(?:(?P<table>\w+)\.)?(?P<column>\w+)\"?(?: of relation \"(?P<of>\w+)\")? does not "
    r"exist"
    r"|relation \"(?:\w+\.)?(?P<relation>\w+)\" does not exist"
    r"|no such column: (?:(?P<table2>\w+)\.)?(?P<column2>\w+)|no such table: (?P<relation2>\w+)"
    r"|Unknown column '(?:(?P<table3>\w+)\.)?(?P<column3>\w+)'"
    r"|Table '(?:\w+\.)?(?P<relation3>\w+)' doesn't exist"
)
_THERE = re.compile(
    r"column \"(?P<column>\w+)\" of relation \"(?P<table>\w+)\" already exists"
    r"|(?:relation|type|constraint) \"(?P<relation>\w+)\".{0,80}? already exists"
    r"|[Tt]able '?(?P<relation2>\w+)'? already exists|[Dd]uplicate column name:? '?(?P<column2>\w+)"
)


def explains(failure: Failure) -> bool:
    """Whether the database lacks what a statement names, or has what one makes."""
    text = failure.message[:5000]
    return bool(_MISSING.search(text) or _THERE.search(text))


def explain(failure: Failure, known: Known) -> Explanation:
    """Gives the revision that makes the thing, and what to run."""
    missing = _MISSING.search(failure.message[:5000])
    if missing is not None:
        return _missing(failure, known, _names(missing))
    there = _THERE.search(failure.message[:5000])
    assert there is not None
    return _there(failure, known, _names(there))


def _names(found: re.Match[str]) -> tuple[str, str]:
    """The table and the column that are named, "" for what is not."""
    names = {k.rstrip("0123456789"): v for k, v in found.groupdict().items() if v}
    return names.get("relation") or names.get("of") or names.get("table", ""), names.get(
        "column", ""
    )


def _missing(failure: Failure, known: Known, names: tuple[str, str]) -> Explanation:
    table, column = names
    what = f"{table}.{column}" if table and column else column or table
    maker = _maker(known, table, column)
    spelled, place = known.named(table, column) if column else (table, _place(known, table))
    told = f"{spelled} of the models" if place else what
    reasons = [Reason(f"the server said: {failure.message.splitlines()[0]}")]
    reasons += [Reason(f"{told} is declared here", place)] if place else []
    if maker is not None:
        reasons.append(Reason(f"revision {maker.revision} makes it", Place(maker.path)))
        answer = (
            f"The code reads {what}, and the database has not run the revision that makes it: "
            f"{maker.revision}."
        )
        do = [
            Do("See where the database stands", "alembic current", "sh"),
            Do("Run what is missing before the code that reads it", "alembic upgrade head", "sh"),
        ]
    elif place is not None:
        answer = f"The models have {what}, and no revision makes it."
        do = [Do("Write the revision, run with rows first", "dbwright migrations new -m '…'", "sh")]
    else:
        answer = f"The database has no {what}, and neither models nor revisions here make it."
        do = [
            Do("Look for a misspelt name, or another search_path or schema", "dbwright check", "sh")
        ]
    return _explained(
        failure, f"{what}, which the database lacks", answer, do, reasons,
        Alternative(
            "deploy the old code until the revision has run",
            "nothing new works meanwhile; nothing fails either",
        ),
        "revisions take locks: `dbwright check` says which before they run",
        "alembic downgrade to what `alembic current` told before",
    )  # fmt: skip


def _there(failure: Failure, known: Known, names: tuple[str, str]) -> Explanation:
    table, column = names
    what = f"{table}.{column}" if table and column else column or table
    maker = _maker(known, table, column)
    head = known.history.heads[-1] if known.history and known.history.heads else "head"
    reasons = [Reason(f"the server said: {failure.message.splitlines()[0]}")]
    if maker is not None:
        reasons.append(Reason(f"revision {maker.revision} makes it", Place(maker.path)))
    mark = maker.revision if maker else head
    do = [
        Do(
            "See what the database thinks it has run: nothing, or less than it has",
            "alembic current",
            "sh",
        ),
        Do("See how its tables differ from the revisions", "dbwright check --db URL", "sh"),
        Do(
            "Where the tables are as the revisions make them, say so; it runs nothing",
            f"alembic stamp {mark}\nalembic upgrade head",
            "sh",
        ),
    ]
    return _explained(
        failure,
        f"{what}, which is there already",
        f"{what} is in the database already, though Alembic has not run the revision that makes "
        "it: create_all, another branch or a half applied upgrade made it.",
        do,
        reasons,
        Alternative(
            "drop it and upgrade", f"its rows are gone; only where {what} holds nothing of value"
        ),
        "a stamp says more than is there, if the tables differ: later revisions then fail",
        "alembic stamp --purge with what `alembic current` told before",
    )


def _explained(
    failure: Failure, reading: str, answer: str, do: list[Do], reasons: list[Reason],
    other: Alternative, risk: str, undo: str,
) -> Explanation:  # fmt: skip
    own = failure.own
    if own is not None and own.code:
        reasons.append(Reason(f"it is sent by: {own.code}", own.place))
    return Explanation(
        f"{failure.kind}; {reading}", answer, tuple(do), tuple(reasons), (other,), risk, undo,
        "alembic upgrade head on a fresh database, then the code's own tests",
        "a dump before an upgrade or a stamp of a database whose rows matter",
        "reasoned: the server's message, beside the models and revisions of this folder; your "
        "database was not asked",
        own.place if own else None,
        more=("dbwright check --db URL",),
    )  # fmt: skip


def _maker(known: Known, table: str, column: str) -> Migration | None:
    """The revision that makes a table or column, as its file reads."""
    if known.history is None:
        return None
    for migration in known.history.migrations:
        for statement in migration.upgrade:
            for operation in statement.operations:
                if isinstance(operation, AddColumn) and column:
                    if operation.column.name == column and operation.table in (table, ""):
                        return migration
                elif isinstance(operation, CreateTable) and operation.table.key == table:
                    has = not column or operation.table.column(column) is not None
                    if has:
                        return migration
    return None


def _place(known: Known, table: str) -> Place | None:
    mapper = known.mapper_of(table)
    return mapper.place if mapper else None
