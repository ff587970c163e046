"""CREATE TABLE and CREATE INDEX of SQLite, as facts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dbwright.core.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    Unique,
)
from dbwright.core.table_edits import ordered
from dbwright.dialects.sqlite import types
from dbwright.dialects.sqlite.reader import Reader, Unreadable, tokens, unquoted

_TABLE_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
_AFTER_TYPE = (
    *("CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE"),
    *("REFERENCES", "GENERATED", "AS"),
)
_ACTIONS = (("SET", "NULL"), ("SET", "DEFAULT"), ("CASCADE",), ("RESTRICT",), ("NO", "ACTION"))


@dataclass(slots=True)
class Written:
    """A table while it is read."""

    name: str
    schema: str | None = None
    columns: list[Column] = field(default_factory=list)
    primary_key: PrimaryKey | None = None
    uniques: list[Unique] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    info: dict[str, object] = field(default_factory=dict)

    def change(self, **changes: object) -> None:
        """Change the column that was read last."""
        self.columns[-1] = replace(self.columns[-1], **changes)  # type: ignore[arg-type]


def table(reader: Reader) -> Table:
    """Give the table of what follows CREATE TABLE; Unreadable where it is none."""
    schema, name = qualified_name(reader)
    written = Written(name, schema)
    for part in reader.parts():
        element = Reader(part)
        if element.peek() in _TABLE_CONSTRAINTS:
            _table_constraint(element, written)
        else:
            column(element, written)
    options = reader.rest().upper()
    if "WITHOUT ROWID" in " ".join(options.split()):
        written.info["without_rowid"] = True
    if "STRICT" in options:
        written.info["strict"] = True
    return _finished(written)


def qualified_name(reader: Reader) -> tuple[str | None, str]:
    """Take a name with the database in front of it, if there is one; `main` is left out."""
    name = reader.name()
    if not reader.accept("."):
        return None, name
    return (None if name.lower() == "main" else name), reader.name()


def _finished(written: Written) -> Table:
    keys = written.primary_key.columns if written.primary_key else ()
    found = Table(
        written.name,
        tuple(_as_key(each, keys, written) for each in written.columns),
        written.schema,
        primary_key=written.primary_key,
        foreign_keys=tuple(written.foreign_keys),
        uniques=tuple(written.uniques),
        checks=tuple(written.checks),
        info=written.info,
    )
    return ordered(found)


def _as_key(column: Column, keys: tuple[str, ...], written: Written) -> Column:
    if column.name not in keys:
        return column
    # INTEGER PRIMARY KEY is the row's number: SQLite fills it in, and it is never NULL.
    if keys == (column.name,) and column.type == "integer" and not written.info.get("descending"):
        return replace(column, nullable=False, identity="by default")
    # Any other key column can hold NULL unless the table is WITHOUT ROWID: an old bug, kept.
    return replace(column, nullable=column.nullable and "without_rowid" not in written.info)


def column(reader: Reader, written: Written) -> None:
    """Take a column's definition."""
    name = reader.name()
    written.columns.append(Column(name, types.canonical(_type(reader))))
    while not reader.done:
        constraint_name = reader.name() if reader.accept("CONSTRAINT") else None
        _column_constraint(reader, written, name, constraint_name)


def _type(reader: Reader) -> str:
    words = []
    while not reader.done and reader.peek() not in (*_AFTER_TYPE, "("):
        words.append(unquoted(reader.next().text))
    if words and reader.peek() == "(":
        words.append(f"({reader.inside()})")
    return " ".join(words)


def _column_constraint(reader: Reader, written: Written, column: str, name: str | None) -> None:
    if reader.accept("PRIMARY", "KEY"):
        _primary_key_of_column(reader, written, column, name)
    elif reader.accept("NOT", "NULL"):
        written.change(nullable=False)
    elif reader.accept("NULL"):
        return
    elif reader.accept("UNIQUE"):
        written.uniques.append(Unique((column,), name))
    elif reader.accept("CHECK"):
        written.checks.append(check(reader.inside(), name))
    elif reader.accept("DEFAULT"):
        written.change(default=_default(reader))
    elif reader.accept("COLLATE"):
        written.change(collation=_collation(reader.name()))
    elif reader.accept("REFERENCES"):
        written.foreign_keys.append(_references(reader, (column,), name))
    elif reader.accept("GENERATED", "ALWAYS", "AS") or reader.accept("AS"):
        text = reader.inside()
        stored = reader.accept("STORED") or (reader.accept("VIRTUAL") and False)
        written.change(computed=text, stored=stored)
    else:
        raise Unreadable(f"a column's constraint was expected: {reader.rest()[:40]}")
    _conflict(reader)


def _primary_key_of_column(reader: Reader, written: Written, column: str, name: str | None) -> None:
    written.primary_key = PrimaryKey((column,), name)
    if reader.accept("DESC"):
        written.info["descending"] = True
    reader.accept("ASC")
    _conflict(reader)
    if reader.accept("AUTOINCREMENT"):
        written.info["autoincrement"] = True


def _conflict(reader: Reader) -> None:
    if reader.accept("ON", "CONFLICT"):
        reader.next()


def _collation(name: str) -> str | None:
    return None if name.upper() == "BINARY" else name.upper()


def _default(reader: Reader) -> str:
    if reader.peek() == "(":
        return reader.inside()
    sign = reader.next().text if reader.peek() in ("+", "-") else ""
    return sign + reader.next().text


def check(text: str, name: str | None) -> Check:
    """Give a CHECK; its columns are not told apart from other words."""
    return Check(text, name)


def _table_constraint(reader: Reader, written: Written) -> None:
    name = reader.name() if reader.accept("CONSTRAINT") else None
    if reader.accept("PRIMARY", "KEY"):
        written.primary_key = PrimaryKey(reader.names(), name)
    elif reader.accept("UNIQUE"):
        written.uniques.append(Unique(reader.names(), name))
    elif reader.accept("CHECK"):
        written.checks.append(check(reader.inside(), name))
    elif reader.accept("FOREIGN", "KEY"):
        columns = reader.names()
        reader.expect("REFERENCES")
        written.foreign_keys.append(_references(reader, columns, name))
    else:
        raise Unreadable("a table's constraint was expected")
    _conflict(reader)
    # SQLite lets constraints follow one another without a comma.
    if not reader.done:
        _table_constraint(reader, written)


def _references(reader: Reader, columns: tuple[str, ...], name: str | None) -> ForeignKey:
    table = reader.name()
    key = ForeignKey(columns, table, reader.names() if reader.peek() == "(" else (), name=name)
    while not reader.done:
        if reader.accept("ON", "DELETE"):
            key = replace(key, on_delete=_action(reader))
        elif reader.accept("ON", "UPDATE"):
            key = replace(key, on_update=_action(reader))
        elif reader.accept("MATCH"):
            reader.name()
        elif reader.accept("NOT", "DEFERRABLE"):
            _initially(reader)
        elif reader.accept("DEFERRABLE"):
            key = replace(key, deferrable=True, initially_deferred=_initially(reader))
        else:
            break
    return key


def _initially(reader: Reader) -> bool:
    if reader.accept("INITIALLY", "DEFERRED"):
        return True
    reader.accept("INITIALLY", "IMMEDIATE")
    return False


def _action(reader: Reader) -> str | None:
    for words in _ACTIONS:
        if reader.accept(*words):
            return None if words == ("NO", "ACTION") else " ".join(words)
    raise Unreadable("an action was expected")


def index(reader: Reader, *, unique: bool) -> tuple[str, Index]:
    """Give the table and the index of what follows CREATE INDEX."""
    _, name = qualified_name(reader)
    reader.expect("ON")
    table = reader.name()
    keys = tuple(_key(Reader(part)) for part in reader.parts())
    predicate = reader.rest() if reader.accept("WHERE") else None
    return table, Index(name, keys, unique, predicate=predicate)


def _key(reader: Reader) -> IndexKey:
    words = tokens(reader.rest())
    text = " ".join(token.text for token in words)
    descending = bool(words) and words[-1].word == "DESC"
    if words and words[-1].word in ("ASC", "DESC"):
        words = words[:-1]
    collation = None
    if len(words) > 2 and words[-2].word == "COLLATE":
        collation = _collation(unquoted(words[-1].text))
        words = words[:-2]
    if len(words) == 1 and words[0].kind in ("word", "name", "string"):
        return IndexKey(unquoted(words[0].text), None, descending, collation=collation)
    text = "".join(_spaced(words))
    return IndexKey(None, text, descending, collation=collation)


def _spaced(words: list) -> list[str]:  # type: ignore[type-arg]
    found: list[str] = []
    for before, token in zip([None, *words], words, strict=False):
        gap = before is not None and token.start > before.end
        found.append((" " if gap else "") + token.text)
    return found
