"""Whether models have what a request's checklist names.

Names come with alternatives: `customers|clients`, whole items with ` | ` between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from request_file import Must
from request_models import Made
from request_rows import Unclear, first_refusal

from dbwright.core.schema import Column, ForeignKey, Index, IndexKey, Schema, Table

_FAMILIES = {
    "text": ("text", "character", "citext"),
    "integer": ("integer", "smallint", "bigint"),
    "bigint": ("bigint",),
    "numeric": ("numeric",),
    "float": ("double precision", "real", "numeric"),
    "boolean": ("boolean",),
    "date": ("date",),
    "time": ("time without", "time with"),
    "timestamptz": ("timestamp with time zone", "timestamp(",),
    "interval": ("interval",),
    "uuid": ("uuid",),
    "json": ("json",),
    "bytes": ("bytea",),
    "ip": ("inet", "cidr"),
}  # fmt: skip
_FAMILIES["varchar"] = _FAMILIES["text"]
STANDING = Must("standing", "keys and indexes")
"""What no checklist needs to say: keys, an index for each foreign key, none that is needless."""
_KEY = re.compile(r"^(?P<name>.+?)(?:\s+(?P<order>asc|desc))?$", re.IGNORECASE)


def missed(must: Must, made: Made) -> str | None:
    """Gives why the models do not have what the must names, None where they do."""
    found = _JUDGES[must.kind](must, made)
    return None if found is True else found or "not there"


def _standing(must: Must, made: Made) -> bool | str:
    """Whether the models have what no checklist needs to say."""
    return "; ".join(_lacking(made.schema)) or True


def _lacking(schema: Schema) -> Iterator[str]:
    for table in schema.tables:
        if table.kind == "partition":
            continue
        if table.primary_key is None:
            yield f"{table.name} has no key"
        for key in table.foreign_keys:
            if not table.has_index_leading_with(key.columns):
                yield f"no index leads with {table.name} ({', '.join(key.columns)})"
        for index in table.indexes:
            if _is_needless(index, table):
                yield f"{index.name} of {table.name} is the beginning of another index"


def _is_needless(index: Index, table: Table) -> bool:
    """Whether another index, a UNIQUE or the key begins with all keys of a plain index."""
    if index.unique or index.predicate or index.method != "btree":
        return False
    others = [found for found in table.indexes if found is not index and not found.predicate]
    spelled = [[IndexKey(column=name) for name in names] for names in _whole(table)]
    spelled += [list(found.keys) for found in others if found.method == "btree"]
    size = len(index.keys)
    mine = [(key.column, key.expression, key.descending) for key in index.keys]
    return mine in [
        [(key.column, key.expression, key.descending) for key in found[:size]] for found in spelled
    ]


def _table(must: Must, made: Made) -> bool:
    return any(_tables(made.schema, alternative) for alternative in _split(must.what))


def _tables(schema: Schema, names: str) -> list[Table]:
    wanted = {name.strip().lower() for name in names.split("|")}
    return [table for table in schema.tables if table.name.lower() in wanted]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(" | ")]


def _columns(schema: Schema, path: str) -> Iterator[tuple[Table, Column]]:
    for alternative in _split(path):
        tables, _, names = alternative.partition(".")
        wanted = names.strip().split("|")
        for table in _tables(schema, tables):
            found = [column for column in table.columns if column.name in wanted]
            yield from ((table, column) for column in found)


def _column(must: Must, made: Made) -> bool | str:
    why = "not there"
    for _, column in _columns(made.schema, must.what):
        why = _unfit(column, must.more, made.schema)
        if not why:
            return True
    return why


def _unfit(column: Column, more: dict[str, Any], schema: Schema) -> str:
    if "null" in more and column.nullable != more["null"]:
        return "may be null" if column.nullable else "may not be null"
    kinds = [kind.strip() for kind in str(more.get("type", "")).split("|") if kind.strip()]
    if kinds and not any(_is_of(column, kind, schema) for kind in kinds):
        return f"is {column.type}"
    return ""


def _is_of(column: Column, kind: str, schema: Schema) -> bool:
    if kind == "array":
        return column.type.endswith("[]")
    if column.type.endswith("[]"):
        return False
    if kind in ("text", "varchar") and schema.enum(column.type.strip('"')):
        return True
    return column.type.startswith(_FAMILIES[kind])


def _absent(must: Must, made: Made) -> bool | str:
    if "." not in must.what:
        return not _tables(made.schema, must.what) or "is there"
    found = [f"{table.name}.{column.name}" for table, column in _columns(made.schema, must.what)]
    return f"{found[0]} is there" if found else True


def _partitioned(must: Must, made: Made) -> bool:
    return any(table.is_cut for table in _tables(made.schema, must.what))


def _relationship(must: Must, made: Made) -> bool:
    for alternative in _split(must.what):
        classes, _, names = alternative.partition(".")
        for mapper in made.mappers:
            has = set(names.split("|")) & set(mapper.relationships.keys())
            if has and mapper.class_.__name__ in classes.split("|"):
                return True
    return False


def _foreign_key(must: Must, made: Made) -> bool | str:
    why = "not there"
    for alternative in _split(must.what):
        source, _, targets = alternative.partition("->")
        for table, column in _columns(made.schema, source.strip()):
            for key in table.foreign_keys:
                if column.name in key.columns and key.referred_table in _names(targets):
                    why = _unfit_key(column, key, must.more)
                    if not why:
                        return True
    return why


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split("|")]


def _unfit_key(column: Column, key: ForeignKey, more: dict[str, Any]) -> str:
    if "null" in more and column.nullable != more["null"]:
        return "may be null" if column.nullable else "may not be null"
    wanted = [kind.strip() for kind in str(more.get("on_delete", "")).split("|") if kind]
    does = {None: "restrict", "NO ACTION": "restrict"}.get(key.on_delete, key.on_delete or "")
    if "any-deliberate" in wanted:
        return "" if key.on_delete else "has no ON DELETE"
    if wanted and does.lower() not in wanted:
        return f"on delete {does.lower()}"
    return ""


def _unique(must: Must, made: Made) -> bool | str:
    where = must.more.get("where", False)
    why = "not there"
    for table, keys in _keyed(must.what, made.schema):
        for found in _whole(table) if where is not True else ():
            if len(found) == len(keys) and _cover(found, keys, table):
                return True
        for index in table.indexes:
            if not index.unique or len(index.keys) != len(keys):
                continue
            if not _cover([_key_text(key) for key in index.keys], keys, table):
                continue
            if where == "any" or bool(index.predicate) == bool(where):
                return True
            why = "holds for some rows only" if index.predicate else "holds for all rows"
    return why


def _whole(table: Table) -> Iterator[list[str]]:
    if table.primary_key:
        yield list(table.primary_key.columns)
    yield from (list(unique.columns) for unique in table.uniques)


def _cover(found: list[str], wanted: list[str], table: Table) -> bool:
    """Whether the keys are the wanted ones in any order; `lower(x)` is more than one spelling."""
    left = list(found)
    for keys in wanted:
        names = [_plain(name) for name in keys.split("|")]
        fit = [key for key in left if any(_is_key(key, name, table) for name in names)]
        if not fit:
            return False
        left.remove(fit[0])
    return True


def _is_key(found: str, wanted: str, table: Table) -> bool:
    if found == wanted:
        return True
    if not wanted.startswith("lower("):
        return False
    name = wanted[6:-1]
    column = table.column(name)
    if found != name or column is None:
        return False
    lowered = any(f"lower({name})" in _plain(check.expression) for check in table.checks)
    return lowered or column.type == "citext" or bool(column.collation)


def _plain(expression: str) -> str:
    """Gives an expression as it is compared: no casts, no quotes, no parentheses of habit."""
    text = re.sub(r"::[a-z ]+(\(\d+\))?(\[\])?", "", expression.strip().lower()).replace('"', "")
    text = re.sub(r"\((\w+)\)", r"(\1)", text)
    return re.sub(r"\(\((\w+)\)\)", r"(\1)", text).replace(" ", "")


def _key_text(key: IndexKey) -> str:
    return key.column or _plain(key.expression or "")


def _keyed(what: str, schema: Schema) -> Iterator[tuple[Table, list[str]]]:
    for alternative in _split(what):
        tables, _, inside = alternative.partition("(")
        keys = [key.strip() for key in re.split(r",\s*", inside.rstrip()[:-1])]
        yield from ((table, keys) for table in _tables(schema, tables))


def _index(must: Must, made: Made) -> bool | str:
    where = must.more.get("where", False)
    why = "not there"
    for table, keys in _keyed(must.what, made.schema):
        whole = [[IndexKey(column=name) for name in names] for names in _whole(table)]
        if any(_leads(found, keys) for found in whole):
            return True
        for index in table.indexes:
            if not _leads(list(index.keys), keys) and not _searches(index, keys):
                continue
            if where == "any" or bool(index.predicate) == bool(where):
                return True
            why = "of some rows only" if index.predicate else "of all rows"
    return why


def _searches(index: Index, keys: list[str]) -> bool:
    """Whether an index for words or parts of words is over the columns, in any form."""
    return index.method in ("gin", "gist") and all(
        set(key.split("|")) & {*index.columns, *index.uses} for key in keys
    )


def _leads(found: list[IndexKey], wanted: list[str]) -> bool:
    """Whether an index serves these keys: those without a direction first and in any order, those
    with one in the order named, all as named or all the other way round."""
    if len(found) < len(wanted):
        return False
    asked = [_KEY.match(key) for key in wanted]
    plain = [m["name"].split("|") for m in asked if m and not m["order"]]
    ordered = [
        (m["name"].split("|"), m["order"].lower() == "desc") for m in asked if m and m["order"]
    ]
    left = [_key_text(key) for key in found[: len(plain)]]
    for names in plain:
        fit = [key for key in left if key in [_plain(name) for name in names]]
        if not fit:
            return False
        left.remove(fit[0])
    turned = set()
    for key, (names, descending) in zip(found[len(plain) :], ordered, strict=False):
        if _key_text(key) not in [_plain(name) for name in names]:
            return False
        turned.add(key.descending == descending)
    return len(turned) < 2


def _refuses(must: Must, made: Made) -> bool | str:
    return _tried(must.what, made, wanted=True)


def _accepts(must: Must, made: Made) -> bool | str:
    return _tried(must.what, made, wanted=False)


def _tried(what: dict[str, Any], made: Made, *, wanted: bool) -> bool | str:
    ((names, given),) = what.items()
    why = f"no table {names}"
    for table in _tables(made.schema, names):
        rows = given if isinstance(given, list) else [given]
        named = [_named(table, values) for values in rows]
        absent = [name for found in named for name in found if table.column(name) is None]
        if absent:
            why = f"no column {absent[0]}"
            continue
        try:
            refusal = first_refusal(made, table, named)
        except Unclear as unclear:
            why = f"cannot be tried: {unclear}"
            continue
        if (refusal is not None) == wanted:
            return True
        why = "is accepted" if refusal is None else f"is refused: {refusal}"
    return why


def _named(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Gives the values under the names that the table has, of those that the must allows."""
    have = {column.name for column in table.columns}
    return {
        next((name for name in names.split("|") if name in have), names): value
        for names, value in values.items()
    }


def is_reported(clause: str, told: list[str]) -> bool:
    """Whether one of the texts names the clause, or one of several with ` | ` between them.

    It names a clause that it holds, or of which it is most of the words.
    """
    return any(_is_named(_words(alternative), told) for alternative in _split(clause))


def _is_named(wanted: list[str], told: list[str]) -> bool:
    for text in told:
        words = _words(text)
        if f" {' '.join(wanted)} " in f" {' '.join(words)} ":
            return True
        inside = f" {' '.join(words)} " in f" {' '.join(wanted)} "
        if inside and 2 * len(words) >= len(wanted):
            return True
    return False


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


_JUDGES: dict[str, Callable[[Must, Made], bool | str]] = {
    "table": _table,
    "column": _column,
    "unique": _unique,
    "foreign_key": _foreign_key,
    "index": _index,
    "refuses": _refuses,
    "accepts": _accepts,
    "absent": _absent,
    "relationship": _relationship,
    "partitioned": _partitioned,
    "standing": _standing,
}
