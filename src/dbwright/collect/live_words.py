"""A change of a live table in words: which recipe it asks for, and what of which table."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from dbwright.core.errors import UsageError
from dbwright.core.schema import Column, Schema, Table
from dbwright.recipes.change import Request
from dbwright.recipes.model_names import singular

LIVE = re.compile(
    r"\b(?:without|with\s+no|zero|no)\s+(?:any\s+|a\s+)?(?:down[\s-]?time|outage|lock(?:ing|s)?|"
    r"block(?:ing)?|stopp?ing|tak(?:ing|e)\s+\w+\s+(?:\w+\s+)?down|interrupt\w*|maintenance)\b|"
    r"\bonline\b|\bwhile\b.{0,60}\b(?:running|runs|live|up|works?)\b|\bzero-downtime\b|\bin\s+production\b|"
    r"\blive\s+table\b|\bsafe(?:ly)?\b",
    re.IGNORECASE,
)
_WHOLE_TYPE = (
    r"(?:[a-z_]\w*(?:\s+(?:varying|precision|with(?:out)?\s+time\s+zone))?"
    r"(?:\(\s*\d+(?:\s*,\s*\d+)?\s*\))?(?:\[\])?)"
)
_KEY_TYPE = re.compile(r"\b(bigint|big\s?int|int8|64[\s-]?bits?|uuids?)\b", re.IGNORECASE)
_KEY = re.compile(r"\b(id|ids|key|keys|pk|primary|integers?|ints?|int4)\b", re.IGNORECASE)
_DOTTED = re.compile(r"[`\"]?\b([A-Za-z_]\w*)[`\"]?\.[`\"]?([A-Za-z_]\w*)\b")
_SPLIT = re.compile(
    r"\bsplit\b.{0,200}?\b(?:in)?to\b\s+(?P<to>.{1,200})", re.IGNORECASE | re.DOTALL
)
_PARTITION = re.compile(r"\bpartition(?:ed|ing)?\b", re.IGNORECASE)
_MERGE = re.compile(
    r"\b(?:merge|fold)\s+(?:the\s+)?(?:table\s+)?[`\"]?(?P<one>\w+)[`\"]?\s+(?:back\s+)?into\s+(?:the\s+)?(?:table\s+)?[`\"]?(?P<other>\w+)",
    re.IGNORECASE,
)
_MOVE = re.compile(
    r"\bmove\s+(?:the\s+)?(?:table\s+)?[`\"]?(?P<table>\w+)[`\"]?\s+(?:table\s+)?(?:in)?to\s+(?:the\s+)?(?:schema\s+[`\"]?(?P<schema>\w+)|[`\"]?(?P<schema2>\w+)[`\"]?\s+schema)",
    re.IGNORECASE,
)
_RENAME = re.compile(r"\brenam(?:e|ing)\b|\w\.\w+\s*(?:->|→|=>)\s*[a-z_]\w*", re.IGNORECASE)
_RETYPE = re.compile(
    r"\b(?:change|convert|alter|switch|turn|make|migrate)\b.{0,200}?\b(?:to|into|a)\s+(?:type\s+)?(?P<type>"
    + _WHOLE_TYPE
    + ")",
    re.IGNORECASE | re.DOTALL,
)
_TO = re.compile(
    r"(?:\b(?:to|into|becomes?|as|called|named)|->|→|=>)\s+(?:be\s+)?(?:called\s+)?[`\"]?(?P<name>[A-Za-z_]\w*)",
    re.IGNORECASE,
)
_BACKFILL = re.compile(r"\bback-?\s?fill(?:ing|ed)?\b", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|with|by|as|to|=)\s+(?P<what>[^?\n]{1,200})", re.IGNORECASE)
_GRAPH = re.compile(r"\b(?:heads?|revisions?|branch(?:es)?|pull|pr|git)\b", re.IGNORECASE)
_NOT_NAMES = {
    "a", "an", "the", "be", "it", "its", "is", "of", "type", "column", "columns", "table", "new",
    "two", "three", "schema", "without", "something", "what", "another", "use", "do", "make",
}  # fmt: skip
_MONTHLY = (("day", r"\bdail?y|\bper day|\bby day\b"), ("week", r"\bweekly|\bper week"), ("year",
    r"\byearly|\bannual|\bper year"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change as the recipe of that kind takes it, and how it was understood."""

    kind: str
    request: Request
    words: str


def kind_of(text: str) -> str:
    """Gives the sort of change of a live table that words ask for, "" for none.

    >>> kind_of("rename users.name to full_name without downtime")
    'rename'
    >>> kind_of("rename users.name to full_name")
    ''
    """
    if _GRAPH.search(text) and not LIVE.search(text):
        return ""
    live = bool(LIVE.search(text))
    if _BACKFILL.search(text):
        return "backfill"
    if _KEY_TYPE.search(text) and _KEY.search(text) and _is_change(text):
        return "key-type"
    if _PARTITION.search(text) and _is_change(text):
        return "partition-table"
    if _SPLIT.search(text):
        return "split"
    if _MOVE.search(text):
        return "move-table"
    if _MERGE.search(text):
        return "merge-table"
    if live and _RENAME.search(text):
        return "rename"
    return "retype" if live and _RETYPE.search(text) else ""


def _is_change(text: str) -> bool:
    """Whether a text asks for work; a question whether something is so does not."""
    first = re.match(
        r"\W*(?:is|are|does|do|did|which|what|why|add|create|when|list|show)\b", text, re.I
    )
    return first is None


def wanted(kind: str, text: str, schema: Schema, today: datetime.date) -> Wanted:
    """Gives the change that words ask for, of the tables that there are.

    Raises UsageError that names what is missing, with the tables or columns to choose from.
    """
    makers: dict[str, Callable[[str, Schema], Wanted]] = {
        "key-type": _key_type, "split": _split, "rename": _rename, "retype": _retype,
        "backfill": _backfill,
    }  # fmt: skip
    if kind == "merge-table":
        found = _MERGE.search(text)
        assert found is not None
        one, other = _table(found["one"], schema), _table(found["other"], schema)
        if one is None or other is None:
            raise _which_table(text, schema)
        words = f"{one.key} taken into {other.key}"
        return Wanted(kind, Request(one.key, to=(other.key,)), words)
    if kind == "move-table":
        found = _MOVE.search(text)
        assert found is not None
        table = _table(found["table"], schema)
        if table is None:
            raise _which_table(text, schema)
        to = found["schema"] or found["schema2"]
        return Wanted(kind, Request(table.key, to=(to,)), f"{table.key} moved to the schema {to}")
    if kind == "partition-table":
        return _partition(text, schema, today)
    return makers[kind](text, schema)


def _key_type(text: str, schema: Schema) -> Wanted:
    table = _named_table(text, schema)
    said = _KEY_TYPE.search(text)
    assert said is not None
    kind = "uuid" if said[1].lower().startswith("uuid") else "bigint"
    words = f"the key of {table.key}, and all that refers to it, as {kind}"
    return Wanted("key-type", Request(table.key, to=(kind,)), words)


def _partition(text: str, schema: Schema, today: datetime.date) -> Wanted:
    table = _named_table(text, schema)
    column = _column_in(text, table)
    if column is None:
        times = [c.name for c in table.columns if "time" in str(c.type) or str(c.type) == "date"]
        raise _which(f"by which column is {table.key} to be partitioned", times)
    step = next((name for name, pattern in _MONTHLY if re.search(pattern, text, re.I)), "month")
    first = (today.replace(day=1) + datetime.timedelta(days=63)).replace(day=1)
    request = Request(table.key, (column.name,), (f"{step} from {first}",))
    return Wanted(
        "partition-table", request, f"{table.key} partitioned by {column.name}, by {step}"
    )


def _split(text: str, schema: Schema) -> Wanted:
    said = _SPLIT.search(text)
    assert said is not None
    table, column = _named_column(text, schema)
    to = re.sub(r"(?i)\b(?:columns?|fields?|two|the|new|please)\b", " ", said["to"])
    to = re.split(r"(?i)\bwithout\b|[.?!;]|\bbecause\b", to)[0]
    names = [n for n in re.findall(r"[A-Za-z_]\w*", to) if n.lower() not in ("and", "a", "an")]
    if len(names) != 2:
        raise UsageError(
            f"into which columns {table.key}.{column.name} is to be split is not clear: "
            f"{', '.join(names) or 'none is named'}",
            way_out=f'For example: dbwright ask "split {table.key}.{column.name} into first and '
            f'rest"',
        )
    one, other = names
    name = column.name
    request = Request(
        table.key,
        (name,),
        (
            f"{one} text = split_part({name}, ' ', 1)",
            f"{other} text = substr({name}, strpos({name} || ' ', ' ') + 1)",
        ),
        (f"{name} = rtrim({one} || ' ' || {other})",),
    )
    words = f"{table.key}.{name} split at its first space into {one} and {other}"
    return Wanted("replace-columns", request, words)


def _rename(text: str, schema: Schema) -> Wanted:
    table, column = _named_column(text, schema)
    names = [m["name"] for m in _TO.finditer(text) if m["name"].lower() not in _NOT_NAMES]
    names = [name for name in names if name not in (column.name, table.name)]
    if not names:
        raise UsageError(
            f"what {table.key}.{column.name} is to be called is not said",
            way_out=f'For example: dbwright ask "rename {table.key}.{column.name} to NAME without '
            f'downtime"',
        )
    to = names[-1]
    null = "" if column.nullable else " NOT NULL"
    request = Request(
        table.key, (column.name,), (f"{to} {column.type}{null} = {column.name}",),
        (f"{column.name} = {to}",),
    )  # fmt: skip
    words = f"{table.key}.{column.name} renamed to {to} while old and new code run"
    return Wanted("replace-columns", request, words)


def _retype(text: str, schema: Schema) -> Wanted:
    table, column = _named_column(text, schema)
    found = [m["type"].strip() for m in _RETYPE.finditer(text)]
    found += [m[1] for m in re.finditer(rf"\bto\s+({_WHOLE_TYPE})", text, re.IGNORECASE)]
    kinds = [each for each in found if _is_type(each) and each.lower() != str(column.type)]
    if not kinds:
        raise UsageError(
            f"to which type {table.key}.{column.name} is to change is not said",
            way_out=f'For example: dbwright ask "change {table.key}.{column.name} to numeric(12, '
            f"2) "
            'without downtime"',
        )
    kind, name = kinds[-1].lower(), column.name
    base = re.sub(r"\W+", "_", kind.partition("(")[0]).strip("_")
    to = f"{name}_{base}"
    forward, back = f"{name}::{kind}", f"{to}::{column.type}"
    if kind in ("jsonb", "json") and str(column.type) in ("text", "character varying"):
        forward, back = f"to_{kind}({name})", f"{to} #>> '{{}}'"
    request = Request(table.key, (name,), (f"{to} {kind} = {forward}",), (f"{name} = {back}",))
    words = f"{table.key}.{name} as {kind}, in a new column {to}, while old and new code run"
    return Wanted("replace-columns", request, words)


def _backfill(text: str, schema: Schema) -> Wanted:
    found = _filled_column(text, schema)
    if isinstance(found, NoExpression):
        raise found
    table, column = found
    tail = text[_BACKFILL.search(text).end() :]  # type: ignore[union-attr]
    said = _FROM.search(tail)
    expression = said["what"].strip().rstrip(".;") if said else ""
    if expression and not _is_expression(expression, table):
        expression = ""
    if not expression:
        raise NoExpression(table, column.name)
    request = Request(table.key, (column.name,), (f"{column.name} = {expression}",))
    return Wanted(
        "backfill", request, f"{table.key}.{column.name} filled with {expression}, in batches"
    )


def _filled_column(text: str, schema: Schema) -> tuple[Table, Column] | NoExpression:
    """The column that is named; one that is not there yet has nothing to be filled with either."""
    for match in _DOTTED.finditer(text):
        table = _table(match[1], schema)
        if table is not None and _column(match[2], table) is None:
            return NoExpression(table, match[2])
    return _named_column(text, schema)


class NoExpression(UsageError):
    """What rows are to be filled with was not said."""

    def __init__(self, table: Table, column: str) -> None:
        super().__init__(
            f"what {table.key}.{column} is to be filled with is not said",
            way_out=f'For example: dbwright ask "backfill {table.key}.{column} with '
            f'lower({column})"',
        )
        self.table, self.column = table, column


def _is_type(text: str) -> bool:
    known = (
        "bigint", "int", "integer", "smallint", "text", "varchar", "character varying", "char",
            "numeric",
        "decimal", "jsonb", "json", "uuid", "date", "timestamp", "timestamptz", "boolean",
            "bool", "real",
        "double precision", "float", "bytea", "citext", "interval", "time", "inet", "int8", "int4",
    )  # fmt: skip
    return (
        text.lower().partition("(")[0].strip().removesuffix("[]") in known or " time zone" in text
    )


def _is_expression(text: str, table: Table) -> bool:
    """Whether the text is SQL over the table's columns, as PostgreSQL's grammar reads it."""
    from dbwright import dialects
    from dbwright.core.operation import Other

    operations = dialects.get("postgresql").statements.parse(f"select {text} from {table.key}")
    if not operations or isinstance(operations[0], Other):
        return False
    if re.fullmatch(r"[A-Za-z_]\w*", text):
        return table.column(text) is not None
    return bool(re.search(r"['\d(|]", text))


def _named_table(text: str, schema: Schema) -> Table:
    found = next((t for m in _DOTTED.finditer(text) if (t := _table(m[1], schema))), None)
    found = found or next((t for w in re.findall(r"\w+", text) if (t := _table(w, schema))), None)
    if found is None:
        raise _which_table(text, schema)
    return found


def _named_column(text: str, schema: Schema) -> tuple[Table, Column]:
    for match in _DOTTED.finditer(text):
        table = _table(match[1], schema)
        column = _column(match[2], table) if table else None
        if table is not None and column is not None:
            return table, column
        if table is not None:
            raise _which(
                f"{table.key} has no column {match[2]}; which one is meant",
                [c.name for c in table.columns], match[0], table,
            )  # fmt: skip
    table = _named_table(text, schema)
    column = _column_in(text, table)
    if column is None:
        raise _which(f"which column of {table.key} is meant", [c.name for c in table.columns])
    return table, column


def _column_in(text: str, table: Table) -> Column | None:
    words = re.findall(r"\w+", text)
    return next((c for w in words if w.lower() != table.name and (c := _column(w, table))), None)


def _table(word: str, schema: Schema) -> Table | None:
    """The table of a word: its name, or the class or singular that stands for it."""
    low = word.lower()
    if len(low) < 2 or low in _NOT_NAMES:
        return None
    exact = [t for t in schema.tables if t.name.lower() == low]
    plain = low.replace("_", "")
    return next(iter(exact), None) or next(
        (t for t in schema.tables if singular(t.name.lower()).replace("_", "") == plain), None
    )


def _column(word: str, table: Table) -> Column | None:
    return next((c for c in table.columns if c.name.lower() == word.lower()), None)


def _which_table(text: str, schema: Schema) -> UsageError:
    names = [t.key for t in schema.tables if t.name != "alembic_version"]
    return _which("which table is meant", names)


def _which(what: str, names: list[str], said: str = "", table: Table | None = None) -> UsageError:
    listed = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    return UsageError(f"it does not say {what}.", way_out=f"Say it with one of: {listed}")
