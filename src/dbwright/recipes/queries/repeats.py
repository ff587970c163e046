"""Statements that a line sends again and again with other values, and what is none of these.

Silent are pages, lists of keys, the same question asked again, and what runs once in each
transaction: requests, tests, and jobs that are taken one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.core.recording import Group, MappedClass, Recording, Scope, Shape
from dbwright.recipes.queries.loading import Loading

LEAST = 3
RANGES = frozenset({"lt", "le", "gt", "ge", "between_op"})
_CATALOGS = ("information_schema", "pg_catalog", "sqlite_master", "sqlite_schema", "mysql.", "sys.")
_EQUAL = ("eq", "in_op")
_WRITES = ("insert", "update", "delete")


def repeated(group: Group) -> bool:
    """Whether a line repeats a statement: three times, each with other values, in a loop."""
    least = min(group.count, group.parameters)
    return least >= LEAST and group.loop is not None and group.place is not None


def apart(group: Group) -> bool:
    """Whether executions are of different transactions: one each, or hardly more."""
    return group.transactions > 1 and group.looked < LEAST * group.transactions


def reads(recording: Recording, how: str = "direct") -> Iterator[tuple[Scope, Group, Shape]]:
    """Gives the SELECTs that a line repeats where one could do."""
    for scope in recording.scopes:
        for group in scope.groups:
            shape = recording.shape(group)
            if group.how != how or shape is None or shape.verb != "select":
                continue
            if not repeated(group) or apart(group) or group.is_walk or _of_jobs(group):
                continue
            silent = _asked_so(shape, group) or _otherwise(shape, group)
            if not silent and not _written_before(recording, scope, group, shape):
                yield scope, group, shape


def _of_jobs(group: Group) -> bool:
    """Whether a loop elsewhere takes jobs one by one, each of which may fail: a runner, a queue."""
    loop, place = group.loop, group.place
    elsewhere = loop is not None and place is not None and loop.file != place.file
    return elsewhere and group.fails_alone


def _written_before(recording: Recording, scope: Scope, group: Group, shape: Shape) -> bool:
    """Whether a SELECT by key reads again the row that the same turn of the loop wrote."""
    return shape.by_key and any(
        in_one_loop(other, group)
        and 2 * other.count >= group.count
        and set(written.tables) & set(shape.tables)
        and _stands_before(other, group)
        for other, written in writes(recording, scope)
    )


def _stands_before(group: Group, other: Group) -> bool:
    """Whether a line comes before another one, where what called them both goes two ways."""
    for one, two in zip(reversed(group.stacks[0]), reversed(other.stacks[0]), strict=False):
        if one != two:
            return (one.file, one.function) == (two.file, two.function) and one.line < two.line
    return False


def in_one_loop(group: Group, other: Group) -> bool:
    """Whether two lines stand in the same loop."""
    one, two = group.loop, other.loop
    if one is None or two is None:
        return False
    return (one.file, one.function, one.loop_line) == (two.file, two.function, two.loop_line)


def _asked_so(shape: Shape, group: Group) -> bool:
    """Whether a SELECT is a page, has a list of keys, takes locks, or reads a catalog."""
    known = shape.tables or shape.compared or shape.classes
    return paged(shape) or listed(shape, group) or shape.locks or not known or _catalog(shape)


def paged(shape: Shape) -> bool:
    """Whether a SELECT gives a page: behind an offset, or from a value on, several rows."""
    ranged = any(operator in RANGES for *_, operator in shape.compared)
    return shape.offset or (ranged and shape.page is not None and shape.page > 1)


def listed(shape: Shape, group: Group) -> bool:
    """Whether a statement was given a list of several keys."""
    return shape.expanding and group.keys > shape.binds


def _catalog(shape: Shape) -> bool:
    return any(table.lower().startswith(_CATALOGS) for table in shape.tables)


def writes(recording: Recording, scope: Scope) -> Iterator[tuple[Group, Shape]]:
    """Gives a scope's INSERTs, UPDATEs and DELETEs."""
    for group in scope.groups:
        shape = recording.shape(group)
        if shape is not None and shape.verb in _WRITES and group.how == "direct":
            yield group, shape


def ranged(shape: Shape) -> bool:
    """Whether a write is of a range of rows, or of all."""
    return any(operator in RANGES for *_, operator in shape.compared)


def equal(shape: Shape) -> list[tuple[str, str, str]]:
    """Gives the columns that must equal a parameter: class, table, name."""
    return [column for column, operator, _ in _compared(shape) if operator in _EQUAL]


def looked_up(shape: Shape, group: Group) -> list[tuple[str, str, str]]:
    """Gives the columns that must equal a parameter which is not always the same."""
    return [
        column
        for column, operator, value in _compared(shape)
        if operator in _EQUAL and (not value or not group.varying or value in group.varying)
    ]


def always(shape: Shape, group: Group) -> list[tuple[str, str, str]]:
    """Gives the columns that are compared with a parameter which is always the same."""
    found = looked_up(shape, group)
    return list(dict.fromkeys(each for each, *_ in _compared(shape) if each not in found))


def _otherwise(shape: Shape, group: Group) -> bool:
    """Whether a value that is not always the same is used for more than to be equal to a column.

    A list of keys and a dictionary do not answer that.
    """
    found = list(_compared(shape))
    varying = set(group.varying)
    if any(operator not in _EQUAL and value in varying for _, operator, value in found):
        return True
    values = {value for *_, value in found}
    return bool(values) and "" not in values and not varying <= values


def _compared(shape: Shape) -> Iterator[tuple[tuple[str, str, str], str, str]]:
    values = shape.values or ("",) * len(shape.compared)
    for (class_, table, name, operator), value in zip(shape.compared, values, strict=True):
        yield (class_, table, name), operator, value


class Names:
    """Says classes, tables and columns as the user's code has them."""

    def __init__(self, recording: Recording, scope: Scope) -> None:
        self.recording, self.loading = recording, Loading(recording, scope)

    def of_read(self, shape: Shape) -> str:
        """Gives what a SELECT reads: a class, or the table of a statement without any."""
        if shape.classes:
            return self.loading.name(shape.classes[0])
        named = [class_ for class_, *_ in shape.compared if class_]
        if named:
            return self.loading.name(named[0])
        tables = [*shape.tables, *(table for _, table, *_ in shape.compared)]
        return tables[0] if tables else ""

    def of_write(self, shape: Shape) -> str:
        """Gives what a statement writes: a class, or a table."""
        if shape.writes:
            return self.loading.name(shape.writes)
        return shape.tables[0] if shape.tables else ""

    def is_beside(self, shape: Shape, columns: Sequence[tuple[str, str, str]]) -> bool:
        """Whether a column is of another table than what a SELECT gives: it joins them."""
        own = {table for class_ in shape.classes for table in self.loading.tables(class_)}
        return bool(own) and any(table and table not in own for _, table, _ in columns)

    def column(self, shape: Shape, one: tuple[str, str, str]) -> str:
        """Gives a column as `Class.attribute`, or `table.column`."""
        class_, table, name = one
        owner = class_ or next((each for each in shape.classes if self._has(each, one)), "")
        return f"{self.loading.name(owner)}.{name}" if owner else f"{table}.{name}"

    def spelled(self, shape: Shape, one: tuple[str, str, str]) -> str:
        """Gives a column as code: that of a table without a class is `table.c.column`."""
        said = self.column(shape, one)
        owner, _, name = said.rpartition(".")
        return f"{owner.replace('.', '_')}.c.{name}" if owner == one[1] else said

    def _has(self, class_: str, one: tuple[str, str, str]) -> bool:
        known = self.recording.classes.get(class_)
        return known is not None and known.table == one[1] and one[2] in known.columns

    def mapped(self, class_: str) -> MappedClass | None:
        """Gives what is known of a class."""
        return self.recording.classes.get(class_)

    def besides(self, shape: Shape, group: Group) -> str:
        """Gives the conditions that are the same in each turn, as a comment; empty for none."""
        fixed = [*shape.fixed, *(f"{self.spelled(shape, one)} …" for one in always(shape, group))]
        return f"  # and where {' AND '.join(fixed)}" if fixed else ""

    def related(self, shape: Shape) -> str:
        """Gives the relationship whose key a SELECT compares: `Author.posts`; empty for none."""
        for class_, table, name in equal(shape):
            known = self.recording.classes.get(class_)
            if known is None or name not in known.columns or not known.columns[name].foreign:
                continue
            for owner, mapped in self.recording.classes.items():
                for key, each in mapped.relationships.items():
                    many = each.many and not each.secondary and each.target == class_
                    if many and (table, name) in each.foreign:
                        return f"{self.loading.name(owner)}.{key}"
        return ""


def keyed(columns: Sequence[str], values: str = "keys") -> str:
    """Gives a condition on a list: `T.id.in_(keys)`, of several `tuple_(T.a, T.b).in_(keys)`."""
    if len(columns) == 1:
        return f"{columns[0]}.in_({values})"
    return f"tuple_({', '.join(columns)}).in_({values})"
