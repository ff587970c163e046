"""Indexes built and dropped without stopping writes (PostgreSQL)."""

from __future__ import annotations

import textwrap

from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex, DropIndex, Operation
from dbwright.core.schema import Index, IndexKey, Table
from dbwright.recipes import code, revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.revision_source import Where

BUILD_NOTES = Notes(
    does="builds the index while reads and writes go on; it reads the table twice.",
    risk="a build that fails leaves an invalid index behind; drop it, then run this again.",
    order="in a revision of its own: a concurrent build cannot share a transaction.",
    test="select indisvalid from pg_index where indexrelid = '…'::regclass after the upgrade.",
)
DROP_NOTES = Notes(
    does="drops the index while reads and writes go on.",
    risk="it waits for the transactions that use the table now; no query waits behind it.",
    order="in a revision of its own: a concurrent drop cannot share a transaction.",
    backup="none needed: no row changes, and the downgrade builds the index again.",
)


def create_call(
    table: str, index: Index, *, if_not_exists: bool = False, concurrently: bool = True
) -> str:
    """Gives the `op.create_index` that builds the index, concurrently unless it is said."""
    schema, _, name = table.rpartition(".")
    keys = ", ".join(_key_code(key) for key in index.keys)
    arguments = [code.literal(index.name), code.literal(name), f"[{keys}]"]
    arguments += ["unique=True"] if index.unique else []
    arguments += [f"schema={code.literal(schema)}"] if schema else []
    arguments += _dialect_arguments(index)
    arguments += ["if_not_exists=True"] if if_not_exists else []
    arguments += ["postgresql_concurrently=True"] if concurrently else []
    return code.call("op.create_index", arguments)


def drop_call(name: str, table: str | None, *, if_exists: bool = False) -> str:
    """Gives the `op.drop_index` that drops the index concurrently."""
    schema, _, bare = name.rpartition(".")
    arguments = [code.literal(bare)]
    arguments += [f"table_name={code.literal(table.rpartition('.')[2])}"] if table else []
    arguments += [f"schema={code.literal(schema)}"] if schema else []
    arguments += ["if_exists=True"] if if_exists else []
    return code.call("op.drop_index", [*arguments, "postgresql_concurrently=True"])


def create_sql(table: str, index: Index, *, only: bool = False, concurrently: bool = True) -> str:
    """Gives the CREATE INDEX, concurrent unless told, or the one ON ONLY a table that is cut."""
    how = "CONCURRENTLY " if concurrently and not only else ""
    where = "ONLY " if only else ""
    unique = "UNIQUE " if index.unique else ""
    method = "" if index.method == "btree" else f"USING {index.method} "
    tail = f" INCLUDE ({code.listed(index.include)})" if index.include else ""
    tail += " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
    tail += f" WITH ({', '.join(index.options)})" if index.options else ""
    tail += f" WHERE {index.predicate}" if index.predicate else ""
    return (
        f"CREATE {unique}INDEX {how}{code.quoted(index.name)} ON {where}{code.quoted(table)} "
        f"{method}({', '.join(key_sql(key) for key in index.keys)}){tail}"
    )


def plain_sql(table: str, index: Index) -> str:
    """Gives the CREATE INDEX of a database that knows no other way (SQLite)."""
    unique = "UNIQUE " if index.unique else ""
    tail = f" WHERE {index.predicate}" if index.predicate else ""
    # SQLite keeps an expression as it is written, parentheses and all.
    keys = ", ".join(key.expression or key_sql(key) for key in index.keys)
    return f"CREATE {unique}INDEX {code.quoted(index.name)} ON {code.quoted(table)} ({keys}){tail}"


def concurrent_build(migration: Migration, number: int) -> Fix:
    """The cure of a plain build: concurrently, in a revision of its own."""
    _, operation = migration.nth(number, CreateIndex)
    name, table = operation.index.name, operation.table
    upgrade = code.autocommit(create_call(table, operation.index))
    return (
        Fix(
            "Build the index concurrently, in a revision of its own",
            upgrade,
            "safe",
            revision.attempt(migration, lambda text: _build_edits(migration, number)),
            (Step(create_sql(table, operation.index), "now", autocommit=True),),
        )
        if name
        else Fix("Name the index and build it concurrently", upgrade)
    )


def concurrent_drop(migration: Migration, number: int) -> Fix:
    """The cure of a plain drop: concurrently, in a revision of its own."""
    _, operation = migration.nth(number, DropIndex)
    owner, _ = owner_of(migration, operation.index)
    upgrade = code.autocommit(drop_call(operation.index, owner))
    return Fix(
        "Drop the index concurrently, in a revision of its own",
        upgrade,
        "safe",
        revision.attempt(migration, lambda text: _drop_edits(migration, number)),
        (Step(f"DROP INDEX CONCURRENTLY {code.quoted(operation.index)}", autocommit=True),),
    )


def drop_invalid_first(migration: Migration, number: int) -> Fix:
    """The cure of IF NOT EXISTS: drop what a failed build left, then build."""
    _, operation = migration.nth(number, CreateIndex)
    name = operation.index.name
    schema = operation.table.rpartition(".")[0]
    qualified = f"{schema}.{name}" if schema else name
    body = code.lines(
        code.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {code.quoted(qualified)}"),
        create_call(operation.table, operation.index),
    )
    upgrade = code.autocommit(body)

    def make(text: str) -> tuple[Edit, ...]:
        statement, _ = migration.nth(number, CreateIndex)
        where = revision.place_of(migration, statement, ("create_index", name))
        inside = "autocommit_block" in text
        return revision.edited(
            migration, revision_source.replace(text, where, body if inside else upgrade)
        )

    return Fix(
        "Drop what a failed build left behind, then build",
        upgrade,
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(f"DROP INDEX CONCURRENTLY IF EXISTS {code.quoted(qualified)}", autocommit=True),
            Step(create_sql(operation.table, operation.index), autocommit=True),
        ),
    )


def owner_of(migration: Migration, name: str) -> tuple[str | None, Index | None]:
    """The key of the table that has the index before the revision, and the index."""
    bare = name.rpartition(".")[2]
    tables: tuple[Table, ...] = migration.before.tables if migration.before else ()
    for table in tables:
        for index in table.indexes:
            if index.name == bare and name in (bare, f"{table.schema}.{bare}"):
                return table.key, index
    return None, None


def is_created(migration: Migration, name: str) -> bool:
    """Whether the upgrade itself creates an index of that name."""
    bare = name.rpartition(".")[2]
    return any(found.index.name == bare for _, _, found in migration.each(CreateIndex))


def key_sql(key: IndexKey) -> str:
    """Gives a key of an index in SQL."""
    text = code.quoted(key.column) if key.column else f"({key.expression})"
    text += f" COLLATE {key.collation}" if key.collation else ""
    text += f" {key.opclass}" if key.opclass else ""
    text += " DESC" if key.descending else ""
    if key.nulls_first is not None and key.nulls_first != key.descending:
        text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
    return text


def _build_edits(migration: Migration, number: int) -> tuple[Edit, ...]:
    statement, operation = migration.nth(number, CreateIndex)
    name = operation.index.name
    where = revision.place_of(migration, statement, ("create_index", name))
    inverse = revision.inverse_of(
        migration, lambda found: _drops(found, name), ("drop_index", name)
    )
    call = _with_concurrently(migration, where, "create_index")
    back = _with_concurrently(migration, inverse, "drop_index") if inverse else None
    phase = Phase(
        f"Build {name} on {operation.table}",
        code.autocommit(call or create_call(operation.table, operation.index)),
        code.autocommit(back or drop_call(name, operation.table)),
        BUILD_NOTES,
    )
    return revision.own_revision(migration, where, phase, inverse)


def _drop_edits(migration: Migration, number: int) -> tuple[Edit, ...]:
    statement, operation = migration.nth(number, DropIndex)
    name = operation.index.rpartition(".")[2]
    owner, index = owner_of(migration, operation.index)
    where = revision.place_of(migration, statement, ("drop_index", name))
    inverse = revision.inverse_of(
        migration, lambda found: _creates(found, name), ("create_index", name)
    )
    call = _with_concurrently(migration, where, "drop_index")
    back = _with_concurrently(migration, inverse, "create_index") if inverse else None
    if back is None and owner and index:
        back = create_call(owner, index)
    phase = Phase(
        f"Drop {name}",
        code.autocommit(call or drop_call(operation.index, owner)),
        code.autocommit(back) if back else "",
        DROP_NOTES,
    )
    return revision.own_revision(migration, where, phase, inverse)


def _with_concurrently(migration: Migration, where: Where | None, call: str) -> str | None:
    """The user's own call with the keyword; None where it is SQL or inside a batch."""
    assert migration.source is not None
    if where is None:
        return None
    own = revision_source.statement(migration.source.text, where)
    if not own.startswith(f"op.{call}("):
        return None
    body = f"def upgrade():\n{textwrap.indent(own, '    ')}\n"
    place = Where(line=2)
    added = revision_source.add_keyword(body, place, call, "postgresql_concurrently", "True")
    changed = revision_source.statement(added, place)
    long = "\n" not in changed and len(changed) > code.WIDTH - 8
    return revision_source.broken(changed) if long else changed


def _drops(operation: Operation, name: str) -> bool:
    return isinstance(operation, DropIndex) and operation.index.rpartition(".")[2] == name


def _creates(operation: Operation, name: str) -> bool:
    return isinstance(operation, CreateIndex) and operation.index.name == name


def _key_code(key: IndexKey) -> str:
    plain = IndexKey(column=key.column, opclass=key.opclass)
    if key.column and key == plain:
        return code.literal(key.column)
    return f"sa.text({code.literal(code.escaped_binds(key_sql(key)))})"


def _dialect_arguments(index: Index) -> list[str]:
    found: list[str] = []
    if index.method != "btree":
        found.append(f"postgresql_using={code.literal(index.method)}")
    if index.predicate:
        found.append(
            f"postgresql_where=sa.text({code.literal(code.escaped_binds(index.predicate))})"
        )
    if index.include:
        found.append(f"postgresql_include={code.names(index.include)}")
    if index.nulls_not_distinct:
        found.append("postgresql_nulls_not_distinct=True")
    if index.options:
        pairs = dict(option.split("=", 1) for option in index.options)
        found.append(f"postgresql_with={pairs!r}")
    classes = {key.column: key.opclass for key in index.keys if key.column and key.opclass}
    if classes and all(_key_code(key).startswith('"') for key in index.keys):
        found.append(f"postgresql_ops={classes!r}")
    return found
