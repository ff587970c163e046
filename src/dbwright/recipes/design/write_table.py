"""A table as a class: its arguments, columns, relationships and methods, line by line."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping

from dbwright.core.abilities import ABILITIES
from dbwright.recipes.code import escaped_binds
from dbwright.recipes.design import layout, names
from dbwright.recipes.design.behavior import following_name
from dbwright.recipes.design.columns import member_name
from dbwright.recipes.design.layout import string
from dbwright.recipes.design.parts import (
    Association,
    Choice,
    Column,
    Exclude,
    ForeignKey,
    Index,
    Link,
    Plan,
    Table,
    Unique,
)

_IN = "    "


def sql_text(sql: str) -> str:
    """Gives SQL as a Python string in which a colon before a word is no parameter."""
    return string(escaped_binds(sql))


def choice_lines(choice: Choice, aliases: Mapping[str, str]) -> Iterator[str]:
    """Gives the enum of a value set, and what may follow each value."""
    yield f"class {choice.name}({aliases.get('StrEnum', 'StrEnum')}):"
    yield from layout.docstring(choice.doc, _IN)
    yield ""
    for value in choice.values:
        yield f"{_IN}{member_name(value)} = {string(value)}"
    if choice.following:
        yield ""
        yield ""
        yield f"{following_name(choice)} = {{"
        for value in choice.values:
            after = ", ".join(
                f"{choice.name}.{member_name(item)}" for item in choice.following.get(value, ())
            )
            entry = f"{{{after}}}" if after else "set()"
            line = f"{_IN}{choice.name}.{member_name(value)}: {entry},"
            if len(line) <= layout.WIDTH:
                yield line
            else:
                yield f"{_IN}{choice.name}.{member_name(value)}: {{"
                for item in choice.following[value]:
                    yield f"{_IN}{_IN}{choice.name}.{member_name(item)},"
                yield f"{_IN}}},"
        yield "}"


def class_lines(plan: Plan, table: Table, base: str, aliases: Mapping[str, str]) -> Iterator[str]:
    """Gives the class of a table."""
    bases = [*table.mixins, table.parent or base]
    yield f"class {table.cls}({', '.join(bases)}):"
    quotes = plan.habits is not None and not plan.habits.future
    if table.doc:
        yield from layout.docstring(table.doc, _IN)
        yield ""
    yield f"{_IN}__tablename__ = {string(table.name)}"
    yield from _arguments(plan, table, aliases)
    yield ""
    for column in ordered(table):
        yield from _column(table, column, aliases)
    if table.mapper:
        yield ""
        yield from _mapper(table)
    if table.links:
        yield ""
        for link in table.links:
            yield from _link(link, quotes, aliases)
    for method in table.methods:
        yield ""
        yield from textwrap.indent(layout.renamed(method.text, aliases), _IN).splitlines()


def ordered(table: Table) -> list[Column]:
    """Gives the columns as they stand in the class: keys, references, values, the row's dates."""
    late = {"created_at": 1, "updated_at": 2, "deleted_at": 3, "version": 4}

    def rank(column: Column) -> tuple[int, int]:
        if column.name in late and not column.primary:
            return 3, late[column.name]
        if column.primary:
            return 0, 0 if column.name == "id" else 1
        return (1 if column.family == "reference" else 2), 0

    return sorted(table.columns, key=rank)


def _mapper(table: Table) -> Iterator[str]:
    shown = {
        name: value if name != "polymorphic_on" else string(value)
        for name, value in table.mapper.items()
    }
    entries = [f'"{name}": {value}' for name, value in shown.items()]
    line = f"{_IN}__mapper_args__ = {{{', '.join(entries)}}}"
    if len(line) <= layout.WIDTH:
        yield line
        return
    yield f"{_IN}__mapper_args__ = {{"
    yield from (f"{_IN}{_IN}{entry}," for entry in entries)
    yield f"{_IN}}}"


def _column(table: Table, column: Column, aliases: Mapping[str, str]) -> Iterator[str]:
    if column.code:
        yield from textwrap.indent(column.code, _IN).splitlines()
        return
    python = f"{column.python} | None" if column.nullable else column.python
    head = f"{_IN}{column.key}: {layout.renamed(f'Mapped[{python}]', aliases)}"
    found = [string(column.name)] if column.key != column.name else []
    found += [column.sql] if column.sql else []
    if column.references:
        found.append(f'ForeignKey("{column.references}", ondelete="{column.on_delete}")')
    if column.family == "identity":
        found.append("Identity()")
    if column.primary:
        found.append("primary_key=True")
    if unique_alone(table, column):
        found.append("unique=True")
    elif any(_is_plain(index, column) for index in table.indexes):
        found.append("index=True")
    found += [f"{key}={value}" for key, value in column.arguments.items()]
    code = [layout.renamed(item, aliases) for item in found]
    bare = column.name != table.mapper.get("version_id_col")
    lines = [head] if bare and not code else layout.call("mapped_column", code, f"{head} = ")
    comment = " ".join(column.comment.split())
    if comment and len(lines) == 1 and len(lines[0]) + len(comment) + 4 <= layout.WIDTH:
        yield f"{lines[0]}  # {comment}"
        return
    if comment:
        yield from layout.prose(comment, _IN)
    yield from lines


def _is_plain(index: Index, column: Column) -> bool:
    return index.is_plain and not index.name and index.columns == (column.name,)


def unique_alone(table: Table, column: Column) -> bool:
    """Whether one UNIQUE constraint is about this column alone."""
    return any(
        unique.columns == (column.name,) and not unique.is_index and not unique.deferrable
        and not unique.comment and not unique.nulls_equal
        for unique in table.uniques
    )  # fmt: skip


def _arguments(plan: Plan, table: Table, aliases: Mapping[str, str]) -> Iterator[str]:
    entries: list[tuple[str, str]] = []
    entries += [("", _foreign_key(key)) for key in table.keys]
    for unique in table.uniques:
        column = table.column(unique.columns[0])
        if len(unique.columns) == 1 and column and unique_alone(table, column):
            continue
        entries.append((unique.comment, unique_code(plan, table, unique)))
    for check in table.checks:
        entries.append(("", f"CheckConstraint({sql_text(check.sql)}, name={string(check.name)})"))
    entries += [
        ("", f'{exclude_code(found)}.ddl_if(dialect="postgresql")') for found in table.excludes
    ]
    for index in table.indexes:
        column = table.column(index.columns[0])
        if not (column and _is_plain(index, column)):
            entries.append(("", index_code(plan, table.name, index)))
    options = f'{{"postgresql_partition_by": {string(partition_by(plan, table))}}}'
    if not entries and not table.partition_by:
        return
    yield from (line for text in table.comments for line in layout.prose(text, _IN))
    if not entries:
        yield f"{_IN}__table_args__ = {options}"
        return
    alone = f"{_IN}__table_args__ = ({layout.renamed(entries[0][1], aliases)},)"
    short = len(alone) <= layout.WIDTH and not entries[0][0]
    if len(entries) == 1 and short and not table.partition_by:
        yield alone
        return
    yield f"{_IN}__table_args__ = ("
    for comment, code in entries:
        yield from layout.prose(comment, _IN * 2) if comment else ()
        yield from layout.broken(layout.renamed(code, aliases), _IN * 2)
    if table.partition_by:
        yield f"{_IN * 2}{options},"
    yield f"{_IN})"


def partition_by(plan: Plan, table: Table) -> str:
    """Gives by what the rows of a table are put into partitions."""
    return f"RANGE ({names.quoted(table.partition_by, plan.database)})"


def partition(plan: Plan, table: str, name: str) -> str:
    """Gives the statement that makes the partition of rows for which there is no other."""
    own, whole = names.quoted(name, plan.database), names.quoted(table, plan.database)
    return f"CREATE TABLE {own} PARTITION OF {whole} DEFAULT"


def _foreign_key(key: ForeignKey) -> str:
    own = ", ".join(string(name) for name in key.columns)
    there = ", ".join(string(f"{key.table}.{name}") for name in key.referred)
    if key.waits:  # until the other foreign key has set its column to null
        waits = 'deferrable=True, initially="DEFERRED"'
        return f"ForeignKeyConstraint([{own}], [{there}], {waits})"
    return f'ForeignKeyConstraint([{own}], [{there}], ondelete="{key.on_delete}")'


def unique_code(plan: Plan, table: Table, unique: Unique) -> str:
    """Gives a UNIQUE constraint, or a unique index where it is of some rows or expressions."""
    if not unique.is_index:
        listed = ", ".join(string(name) for name in unique.columns)
        if plan.habits is not None and "uq" not in plan.habits.convention:
            made = limited(plan, f"uq_{table.name}_{'_'.join(unique.columns)}")
            listed = f'{listed}, name="{made}"'
        if unique.nulls_equal:
            listed = f"{listed}, postgresql_nulls_not_distinct=True"
        if unique.deferrable:
            return _deferrable(plan, listed)
        return f"UniqueConstraint({listed})"
    keys = []
    for name in unique.columns:
        quoted = names.quoted(name, plan.database)
        said = f"lower({quoted})" if name in unique.lowered else quoted
        if name in unique.folded:
            keys.append(f"text({string(f'({quoted} IS NULL)')})")
            said = f"coalesce({said}, {_stand_in(plan, table, name)})"
        keys.append(string(name) if said == quoted else f"text({string(said)})")
    name = index_name(plan, "uq", table.name, unique.columns, unique.where)
    code = [string(name), *keys, "unique=True"]
    return f"Index({', '.join(code + _where(plan, unique.where))})"


def _stand_in(plan: Plan, table: Table, name: str) -> str:
    """Any value of a column's type: an expression beside it says that there is none."""
    column = table.column(name)
    assert column is not None
    if column.python in ("int", "Decimal", "float"):
        return "0"
    if column.python == "bool":
        return "false"
    texts = {
        "dt.datetime": "2000-01-01",
        "dt.date": "2000-01-01",
        "dt.time": "00:00",
        "dt.timedelta": "0",
        "UUID": "00000000-0000-0000-0000-000000000000",
    }
    ip = "0.0.0.0" if column.family == "ip" else ""
    return f"'{texts.get(column.python, ip)}'"


def _deferrable(plan: Plan, listed: str) -> str:
    if not ABILITIES[plan.database].deferrable:
        return f"UniqueConstraint({listed})"
    waits = 'deferrable=True, initially="DEFERRED"'
    return f'UniqueConstraint({listed}, {waits}).ddl_if(dialect="postgresql")'


def _where(plan: Plan, where: str) -> list[str]:
    """The condition for PostgreSQL and SQLite, whose dialects take it apart."""
    if not where:
        return []
    text = f"text({sql_text(where)})"
    if plan.habits is not None:
        return [f"{plan.database}_where={text}"]
    return [f"postgresql_where={text}", f"sqlite_where={text}"]


def index_name(plan: Plan, kind: str, table: str, columns: tuple[str, ...], where: str) -> str:
    """Gives a name for an index that the naming convention cannot name: one with a condition."""
    ending = "_".join([*columns, *(_told(part) for part in where.split(" AND ") if where)])
    name = f"{kind}_{table}_{ending}"
    return limited(plan, name)


def limited(plan: Plan, name: str) -> str:
    """Gives a name, shortened where the database would cut it."""
    limit = ABILITIES[plan.database].name_bytes
    return name if len(name.encode()) <= limit else _short(name, limit)


def _told(part: str) -> str:
    """What a condition is about, in a word of an index's name: live, no_parent_id, active."""
    words = names.words(part)
    if words[-2:] == ["is", "null"]:
        column = "_".join(words[:-2])
        return "live" if column == "deleted_at" else f"no_{column}"
    if words[:1] == ["not"]:
        return "_".join(words)
    return words[-1] if "=" in part and words else "_".join(words)


def _short(name: str, limit: int) -> str:
    import hashlib

    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name.encode()[: limit - 7].decode(errors='ignore')}_{mark}"


def index_code(plan: Plan, table: str, index: Index) -> str:
    """Gives an index as it stands among a table's arguments."""
    if index.expression:
        keys = [f"text({string(index.expression)})"]
    else:
        keys = [_key(plan, index, name) for name in index.columns]
    name = index.name or index_name(plan, "ix", table, index.columns, index.where)
    code = [string(name), *keys, *_where(plan, index.where)]
    if index.method:
        code.append(f'postgresql_using="{index.method}"')
    made = f"Index({', '.join(code)})"
    return f'{made}.ddl_if(dialect="{index.only}")' if index.only else made


def _key(plan: Plan, index: Index, name: str) -> str:
    quoted = names.quoted(name, plan.database)
    code = f"lower({quoted})" if name in index.lowered else quoted
    code = f"{code} DESC" if name in index.descending else code
    return string(name) if code == quoted else f"text({string(code)})"


def exclude_code(found: Exclude) -> str:
    """Gives an EXCLUDE constraint, which PostgreSQL alone has."""
    keys = [f'({string(name)}, "=")' for name in found.equal]
    keys.append(f'(text({string(found.period)}), "&&")')
    where = [f"where=text({sql_text(found.where)})"] if found.where else []
    code = [*keys, *where, 'using="gist"', f"name={string(found.name)}"]
    return f"ExcludeConstraint({', '.join(code)})"


def index_parts(code: str) -> tuple[str, list[str], list[str]]:
    """Gives the name, the keys and the options of an `Index(…)`."""
    node = ast.parse(code, mode="eval").body
    assert isinstance(node, ast.Call)
    if not node.args:  # Index(…).ddl_if(…)
        assert isinstance(node.func, ast.Attribute)
        assert isinstance(node.func.value, ast.Call)
        node = node.func.value
    first, *keys = [ast.get_source_segment(code, item) or "" for item in node.args]
    options = [f"{item.arg}={ast.get_source_segment(code, item.value)}" for item in node.keywords]
    return first, keys, options


def _link(link: Link, quotes: bool, aliases: Mapping[str, str]) -> Iterator[str]:
    mark = '"' if quotes else ""
    python = f"{link.target} | None" if link.optional and not link.many else link.target
    python = f"list[{mark}{python}{mark}]" if link.many else f"{mark}{python}{mark}"
    arguments = [f"{name}={value}" for name, value in link.arguments.items()]
    mapped = aliases.get("Mapped", "Mapped")
    yield from layout.call("relationship", arguments, f"{_IN}{link.name}: {mapped}[{python}] = ")


def association_lines(
    plan: Plan, pair: Association, base: str, aliases: Mapping[str, str]
) -> list[str]:
    """Gives a plain table of pairs."""
    code = [string(pair.name), f"{base}.metadata"]
    for column in pair.columns:
        inner = [string(column.name)]
        if column.references:
            inner.append(f'ForeignKey("{column.references}", ondelete="{column.on_delete}")')
        elif column.python == "int":
            inner.append("BigInteger")
        elif column.python == "UUID":
            inner.append("Uuid")
        code.append(f"Column({', '.join([*inner, 'primary_key=True'])})")
    code += [_foreign_key(key) for key in pair.keys]
    code += [index_code(plan, pair.name, index) for index in pair.indexes]
    lines = layout.call(
        "Table", [layout.renamed(item, aliases) for item in code], f"{pair.name} = "
    )
    return [lines[0].replace("= Table(", f"= {aliases.get('Table', 'Table')}("), *lines[1:]]
