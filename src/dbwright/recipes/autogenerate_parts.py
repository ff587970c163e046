"""Constraints added, dropped and exchanged by autogenerate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dbwright.core.compare import Difference
from dbwright.core.errors import FixError
from dbwright.core.schema import Check, Exclude, ForeignKey, Index, IndexKey, PrimaryKey, Unique
from dbwright.recipes import code, constraints, validate
from dbwright.recipes import index as index_recipe
from dbwright.recipes import unique as unique_recipe
from dbwright.recipes.autogenerate_change import (
    BUILD,
    COLUMN,
    CONSTRAINT,
    CUT,
    TAKE_OVER,
    VALIDATE,
    Change,
    alone,
    execute,
)
from dbwright.recipes.autogenerate_context import Context
from dbwright.recipes.autogenerate_indexes import build
from dbwright.recipes.autogenerate_tables import drop_constraint
from dbwright.recipes.revision import Phase
from dbwright.recipes.sqlalchemy_code import escaped, foreign_key_words

EXCLUDES = "writes of {} wait while the index of the constraint is built; take a quiet window."


def _in_schema(table: str) -> list[str]:
    schema = table.rpartition(".")[0]
    return [f"schema={code.literal(schema)}"] if schema else []


def _bare(table: str) -> str:
    return code.literal(table.rpartition(".")[2])


def _sides(context: Context, difference: Difference) -> tuple[object | None, object | None]:
    """The part that is there and the one that is wanted."""
    old = new = None
    if difference.kind != "removed":
        old = context.part(context.migrated, difference, found=True)
    if difference.kind != "added":
        new = context.part(context.models, difference)
    return old, new


def _name_only(context: Context, difference: Difference) -> Iterator[Change]:
    """The change of a constraint that is right but for its name, where the name is meant."""
    if not context.is_named(difference):
        return
    table = code.quoted(difference.table or "")

    def sql(one: str | None, other: str | None) -> str:
        names = f"{code.quoted(one or '')} TO {code.quoted(other or '')}"
        return execute(f"ALTER TABLE {table} RENAME CONSTRAINT {names}")

    yield Change(
        COLUMN,
        f"rename constraint {difference.after} to {difference.before}",
        sql(difference.after, difference.before),
        sql(difference.before, difference.after),
    )


def foreign_key(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a foreign key: NOT VALID first, validated later."""
    return _validated_later(context, difference, _FOREIGN_KEY)


def check(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a CHECK: NOT VALID first, validated later."""
    return _validated_later(context, difference, _CHECK)


def _add_key(context: Context, table: str, key: ForeignKey, *, not_valid: bool = False) -> str:
    schema = table.rpartition(".")[0]
    words = [
        context.style.name(constraints.key_name(table, key)),
        _bare(table),
        code.literal(key.referred_table),
        code.names(key.columns),
        code.names(key.referred_columns),
    ]
    words += foreign_key_words(key)
    words += [f"source_schema={code.literal(schema)}"] if schema else []
    words += [f"referent_schema={code.literal(key.referred_schema)}"] if key.referred_schema else []
    words += ["postgresql_not_valid=True"] if not_valid or not key.validated else []
    return code.call("op.create_foreign_key", words)


def _add_check(context: Context, table: str, found: Check, *, not_valid: bool = False) -> str:
    name = context.style.name(constraints.check_name(table, found))
    found = context.as_declared(table, found)
    words = [name, _bare(table), code.literal(escaped(constraints.unwrapped(found.expression)))]
    words += _in_schema(table)
    words += ["postgresql_not_valid=True"] if not_valid or not found.validated else []
    return code.call("op.create_check_constraint", words)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of constraint that can be added NOT VALID: its words, and how it is written."""

    part: type
    words: str
    alembic: str
    name: Callable[[str, Any], str]
    add: Callable[..., str]
    sql: Callable[[str, Any], str]


_FOREIGN_KEY = _Kind(
    ForeignKey, "foreign key", "foreignkey", constraints.key_name, _add_key, constraints.key_sql
)
_CHECK = _Kind(Check, "check", "check", constraints.check_name, _add_check, constraints.check_sql)


def _validated_later(context: Context, difference: Difference, kind: _Kind) -> Iterator[Change]:
    if difference.aspect == "name":
        yield from _name_only(context, difference)
        return
    table = difference.table or ""
    old, new = _sides(context, difference)
    if isinstance(old, (ForeignKey, Check)) and isinstance(old, kind.part):
        back, risk = kind.add(context, table, old), _frees(new, old)
        yield _cut(context, table, old.name, kind.alembic, back, risk=risk)
    if isinstance(new, (ForeignKey, Check)) and isinstance(new, kind.part):
        name = kind.name(table, new)
        yield Change(
            CONSTRAINT,
            f"add {kind.words} {name} of {table}",
            kind.add(context, table, new, not_valid=True),
            drop_constraint(table, name, kind.alembic, context),
        )
        if new.validated:
            told = context.as_declared(table, new) if isinstance(new, Check) else new
            sql = kind.sql(table, replace(told, name=name))
            yield alone(VALIDATE, validate.phase(table, name, sql))


def _cut(
    context: Context, table: str, name: str | None, kind: str, back: str, *, risk: str = ""
) -> Change:
    if name is None:
        raise FixError(f"a {kind} of {table} has no name in the catalog")
    drop = drop_constraint(table, name, kind, context)
    return Change(CUT, f"drop {kind} {name} of {table}", drop, back, risk=risk)


def _frees(new: object | None, old: ForeignKey | Check | Unique) -> str:
    """What a constraint that goes for good no longer refuses."""
    if new is not None:
        return ""
    return f"rows that {old.name} refused are taken from now on; declare it, or --keep {old.name}."


def exclude(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of an EXCLUDE constraint, which is built under a lock in any case."""
    table = difference.table or ""
    if difference.aspect == "name":
        yield from _name_only(context, difference)
        return
    old, new = _sides(context, difference)
    add = f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT {{}} {{}}"
    if isinstance(old, Exclude):
        drop = execute(f"ALTER TABLE {code.quoted(table)} DROP CONSTRAINT {code.quoted(old.name)}")
        back = execute(add.format(code.quoted(old.name), old.definition))
        yield Change(CUT, f"drop exclude {old.name} of {table}", drop, back)
    if isinstance(new, Exclude):
        drop = execute(f"ALTER TABLE {code.quoted(table)} DROP CONSTRAINT {code.quoted(new.name)}")
        up = execute(add.format(code.quoted(new.name), new.definition))
        title = f"add exclude {new.name} of {table}"
        yield Change(CONSTRAINT, title, up, drop, risk=EXCLUDES.format(table))


def unique(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a UNIQUE: its index is built while writes go on."""
    if difference.aspect == "name":
        yield from _name_only(context, difference)
        return
    table = difference.table or ""
    old, new = _sides(context, difference)
    if isinstance(old, Unique):
        yield _cut(
            context,
            table,
            old.name,
            "unique",
            _add_unique(context, table, old),
            risk=_frees(new, old),
        )
    if isinstance(new, Unique):
        name = unique_recipe.name_of(table, new.columns, new.name, "key")
        keys = tuple(IndexKey(column) for column in new.columns)
        built = Index(
            name,
            keys,
            unique=True,
            include=new.include,
            nulls_not_distinct=new.nulls_not_distinct,
        )
        tail = " DEFERRABLE" if new.deferrable else ""
        yield alone(BUILD, build(table, built))
        yield alone(TAKE_OVER, _take_over(table, built, f"UNIQUE USING INDEX {{}}{tail}"))


def _take_over(table: str, built: Index, words: str) -> Phase:
    name = code.quoted(built.name)
    add = f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT {name} {words.format(name)}"
    drop = f"ALTER TABLE {code.quoted(table)} DROP CONSTRAINT {name}"
    return Phase(
        f"Make {built.name} the constraint of {table}",
        code.lines(code.LOCK_TIMEOUT, execute(add)),
        # the constraint takes its index along when it goes; the revision before made one
        code.lines(execute(drop), code.autocommit(index_recipe.create_call(table, built))),
        unique_recipe.NOTES,
    )


def _add_unique(context: Context, table: str, found: Unique) -> str:
    name = context.style.name(unique_recipe.name_of(table, found.columns, found.name, "key"))
    words = [name, _bare(table), code.names(found.columns)]
    words += ["deferrable=True"] if found.deferrable else []
    words += ["postgresql_nulls_not_distinct=True"] if found.nulls_not_distinct else []
    words += [f"postgresql_include={code.names(found.include)}"] if found.include else []
    return code.call("op.create_unique_constraint", [*words, *_in_schema(table)])


def primary_key(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a primary key: the new one takes over a finished index."""
    if difference.aspect == "name":
        yield from _name_only(context, difference)
        return
    table = difference.table or ""
    old, new = _sides(context, difference)
    if isinstance(old, PrimaryKey):
        _refuse_referred(context, table, old)
    back = _add_primary(context, table, old) if isinstance(old, PrimaryKey) else None
    if not isinstance(new, PrimaryKey):
        assert isinstance(old, PrimaryKey)
        yield _cut(context, table, old.name, "primary", back or "")
        return
    name = unique_recipe.name_of(table, (), new.name, "pkey")
    keys = tuple(IndexKey(column) for column in new.columns)
    built = Index(f"{name[:59]}_new", keys, unique=True)
    yield alone(BUILD, build(table, built))
    yield alone(TAKE_OVER, _new_key(context, table, name, built, old))


def _new_key(context: Context, table: str, name: str, built: Index, old: object | None) -> Phase:
    add = (
        f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT {code.quoted(name)} "
        f"PRIMARY KEY USING INDEX {code.quoted(built.name)}"
    )
    cut = back = None
    if isinstance(old, PrimaryKey):
        cut = drop_constraint(table, old.name or "", "primary", context)
        back = _add_primary(context, table, old)
    drop = drop_constraint(table, name, "primary", context)
    return Phase(
        f"Make {built.name} the primary key of {table}",
        code.lines(code.LOCK_TIMEOUT, cut, execute(add)),
        code.lines(drop, back, code.autocommit(index_recipe.create_call(table, built))),
        replace(
            unique_recipe.NOTES,
            does="drops the old key and makes the finished index the new one; no row is read.",
            backup="none needed: no row changes; the downgrade stops where rows share the old key.",
        ),
    )


def _add_primary(context: Context, table: str, found: PrimaryKey) -> str:
    name = context.style.name(unique_recipe.name_of(table, (), found.name, "pkey"))
    words = [name, _bare(table), code.names(found.columns), *_in_schema(table)]
    return code.call("op.create_primary_key", words)


def _refuse_referred(context: Context, table: str, old: PrimaryKey) -> None:
    """A key that others refer to cannot go; FixError says what has to go first."""
    for schema in (context.migrated, context.models):
        for other, key in schema.referring(table):
            if key.referred_columns == old.columns:
                raise FixError(
                    f"the primary key of {table} changes, and {key.name} of {other.key} "
                    "refers to the old one",
                    way_out=f"Add a UNIQUE over {', '.join(old.columns)} of {table} and let the "
                    "foreign key refer to it first, in a revision before this one.",
                )
