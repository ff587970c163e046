"""A row that a constraint refused: NOT NULL, unique, foreign key, check, too long a value."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.failure import Failure, Known
from dbwright.core.finding import Alternative
from dbwright.core.place import Place

_WORDS = {
    "null": (r"null value in column \"(?P<column>[^\"]+)\"(?: of relation \"(?P<table>[^\"]+)\")?"
             r"|NOT NULL constraint failed: (?P<table2>\w+)\.(?P<column2>\w+)"
             r"|Column '(?P<column3>\w+)' cannot be null"
             r"|Field '(?P<column4>\w+)' doesn't have a default value"),
    "unique": (r"duplicate key value violates unique constraint \"(?P<constraint>[^\"]+)\""
               r"|UNIQUE constraint failed: (?P<table2>\w+)\.(?P<column2>\w+)"
               r"|Duplicate entry '.{0,200}?' for key "
               r"'(?:(?P<table3>\w+)\.)?(?P<constraint2>\w+)'"),
    "foreign": (r"on table \"(?P<table>[^\"]+)\" violates foreign key constraint "
                r"\"(?P<constraint>[^\"]+)\"(?: on table \"(?P<child>[^\"]+)\")?"
                r"|FOREIGN KEY constraint failed"
                r"|foreign key constraint fails \(`?[\w-]+`?\.`?(?P<table2>\w+)`?, CONSTRAINT "
                r"`?(?P<constraint2>\w+)`?"),
    "check": (r"relation \"(?P<table>[^\"]+)\" violates check constraint \"(?P<constraint>[^\"]+)\""
              r"|CHECK constraint failed: (?P<constraint2>\w+)"
              r"|CONSTRAINT `(?P<constraint3>\w+)` failed for `?[\w-]+`?\.`?(?P<table2>\w+)`?"),
    "long": (r"value too long for type (?P<type>[^\n]+)"
             r"|Data too long for column '(?P<column>\w+)'"
             r"|(?P<range>(?:integer|bigint|smallint) out of range|numeric field overflow)"
             r"|Out of range value for column '(?P<column2>\w+)'"),
}  # fmt: skip
_KEY = re.compile(r"Key \((?P<columns>[^)]+)\)=\((?P<values>.*?)\) (?P<what>.+)")
_INTO = re.compile(r"(?:insert into|update)\s+[\"`]?(?P<table>[\w.]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Refused:
    """What the server said: the sort of constraint, and the names in its words."""

    sort: str
    table: str = ""
    columns: tuple[str, ...] = ()
    constraint: str = ""
    child: str = ""
    what: str = ""


def explains(failure: Failure) -> bool:
    """Whether a constraint refused a row."""
    return _read(failure) is not None


def explain(failure: Failure, known: Known) -> Explanation:
    """Gives the constraint, the column as the models spell it, and what the program can do."""
    found = _read(failure)
    assert found is not None
    where, place = _named(found, known)
    if found.sort == "foreign" and found.child:
        parts = _referred(found)
    else:
        parts = _SORTS[found.sort](found, where)
    answer, do, others, risk = parts
    reasons = [Reason(f"the server said: {failure.message.splitlines()[0]}")]
    if failure.detail:
        reasons.append(Reason(f"of the row it said: {failure.detail}"))
    if place is not None:
        reasons.append(Reason(f"{where} is declared here", place))
    if failure.own is not None and failure.own.code:
        reasons.append(Reason(f"the row was sent by: {failure.own.code}", failure.own.place))
    own = failure.own.place if failure.own else place
    return Explanation(
        f"{failure.wrapper or failure.kind}; a row that a constraint refused",
        answer,
        do,
        tuple(reasons),
        others,
        risk,
        "none needed: the statement was refused, and its transaction is rolled back whole",
        f"a test that writes such a row with pytest.raises(IntegrityError), and one that does not"
        f" ({where})",
        "none needed: no row was written",
        _known(place),
        own,
        more=("dbwright models review",),
    )


def _known(place: Place | None) -> str:
    if place is None:
        return "reasoned from the server's message alone: no model of that table was found"
    return "reasoned: the server's message, beside the models as SQLAlchemy configured them"


def _read(failure: Failure) -> _Refused | None:
    for sort, pattern in _WORDS.items():
        said = re.search(pattern, failure.message[:5000])
        if said is None:
            continue
        names = {k.rstrip("0123456789"): v for k, v in said.groupdict().items() if v}
        key = _KEY.search(failure.detail[:2000])
        into = _INTO.search(failure.statement[:2000])
        columns = tuple(c.strip() for c in key["columns"].split(",")) if key else ()
        columns = columns or ((names["column"],) if "column" in names else ())
        table = names.get("table") or (into["table"] if into else "")
        table = table or _by_name(names.get("constraint", ""), columns)
        what = key["what"] if key else names.get("type") or names.get("range", "")
        return _Refused(
            sort, table, columns, names.get("constraint", ""), names.get("child", ""), what
        )
    return None


def _by_name(constraint: str, columns: tuple[str, ...]) -> str:
    """The table in PostgreSQL's own name of a constraint: users_email_key."""
    for ending in ("_key", "_fkey", "_check"):
        if constraint.endswith(ending) and columns:
            head = constraint.removesuffix(ending)
            return head.removesuffix("_" + "_".join(columns))
    return ""


def _named(found: _Refused, known: Known) -> tuple[str, Place | None]:
    if found.table and found.columns:
        return known.named(found.table, found.columns[0])
    mapper = known.mapper_of(found.table) if found.table else None
    if mapper is not None:
        return mapper.name, mapper.place
    return found.constraint or found.table or "the column", None


Parts = tuple[str, tuple[Do, ...], tuple[Alternative, ...], str]


def _null(found: _Refused, where: str) -> Parts:
    column = found.columns[0] if found.columns else "value"
    return (
        f"{where} is NOT NULL, and the row came without a value for it.",
        (
            Do("Give the value where the object is made", f"{_class(where)}({column}=…, …)"),
            Do(
                "Or, where one value fits all rows, let the database give it",
                f'dbwright ask "the default of {where} should be 0"',
                "sh",
            ),
        ),
        (
            Alternative(
                f"let {where} be NULL", "every reader has to know what a missing value means"
            ),
        ),
        "a default hides rows that lack the value by mistake",
    )


def _unique(found: _Refused, where: str) -> Parts:
    columns = ", ".join(found.columns) or "these columns"
    name = f'"{columns}"'
    table = _class(where)
    return (
        f"A row of {found.table or 'the table'} with the same {columns} is there already: "
        f"{found.constraint or where} keeps them unique.",
        (
            Do(
                "Write it so that the row that is there wins, or is changed",
                "from sqlalchemy.dialects.postgresql import insert\n\n"
                f"insert({table}).values(…).on_conflict_do_nothing(index_elements=[{name}])",
            ),
            Do("Or catch IntegrityError, roll back, and tell the user", "session.rollback()"),
        ),
        (
            Alternative(
                "look whether it exists first",
                "another transaction can write it in between, so the error must be caught anyway",
            ),
        ),
        "on_conflict_do_nothing gives no row back where there was one: read it in that case",
    )


def _foreign(found: _Refused, where: str) -> Parts:
    column = ", ".join(found.columns) or "the reference"
    to = re.search(r"table \"([^\"]+)\"", found.what)
    parent = to[1] if to else "the table that it refers to"
    return (
        f"{found.table or 'The row'} refers by {column} to a row of {parent} that is not there "
        f"({found.constraint or 'a foreign key'}).",
        (
            Do(
                f"Write the row of {parent} first, in the same transaction: pass the object, not "
                "its number, and the session orders both",
                f"{_class(where)}({column.removesuffix('_id')}=parent, …)",
            ),
            Do(f"Or answer that there is no such row, where {column} came from outside"),
        ),
        (
            Alternative(
                "a foreign key that is DEFERRABLE INITIALLY DEFERRED",
                "it is checked at COMMIT, so the order of writes no longer matters, and the error "
                "comes later",
            ),
        ),
        "without the key, rows that refer to nothing stay and are found much later",
    )


def _referred(found: _Refused) -> Parts:
    return (
        f"Rows of {found.child} still refer to this row of {found.table} ({found.constraint}), so "
        "it cannot go.",
        (
            Do(
                f"Say what becomes of them: rows of {found.child} that go with it",
                f'dbwright ask "what happens when a {found.table.rstrip("s")} is deleted?"',
                "sh",
            ),
            Do(f"Or delete or move the rows of {found.child} first, in the same transaction"),
        ),
        (
            Alternative("ON DELETE CASCADE", "the rows go without a further question"),
            Alternative("ON DELETE SET NULL", "they stay, and forget what they belonged to"),
        ),
        "a cascade deletes more than was named: count the rows first",
    )


def _check(found: _Refused, where: str) -> Parts:
    return (
        f"The row breaks the check {found.constraint} of {found.table or 'its table'}.",
        (Do("Give a value that the check admits, and refuse others where they come in"),),
        (
            Alternative(
                "widen the check",
                "in two revisions: the new one NOT VALID, validated, then the old one dropped",
            ),
        ),
        "a check that is dropped lets rows in that no code expects",
    )


def _long(found: _Refused, where: str) -> Parts:
    return (
        f"The value does not fit: {found.what or 'it is too long for the column'} ({where}).",
        (
            Do("Refuse longer values where they come in"),
            Do(
                "Or make the column wider, which PostgreSQL does without reading the table",
                f'dbwright ask "increase the length of {where} to 500"',
                "sh",
            ),
        ),
        (Alternative("cut the value", "what is cut is lost, and nobody is told"),),
        "a wider column lets long values into pages and exports that expect short ones",
    )


def _class(where: str) -> str:
    head = where.partition(".")[0]
    return head if head[:1].isupper() else "Model"


_SORTS = {"null": _null, "unique": _unique, "foreign": _foreign, "check": _check, "long": _long}
