"""A live database that is otherwise than its revisions made it: brought back, or adopted."""

from __future__ import annotations

import re

from dbwright.core.compare import Change, Difference
from dbwright.core.drift import LiveDrift
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Location, Step, Undo
from dbwright.core.identifiers import string_literal
from dbwright.core.schema import Check, ForeignKey, Index
from dbwright.recipes import code, drift, index, revision
from dbwright.recipes import table as table_sql

TIMEOUT = "5s"
GUARDED = {
    "CREATE TABLE ": "CREATE TABLE IF NOT EXISTS ",
    "CREATE INDEX ": "CREATE INDEX IF NOT EXISTS ",
    "CREATE UNIQUE INDEX ": "CREATE UNIQUE INDEX IF NOT EXISTS ",
    "CREATE VIEW ": "CREATE OR REPLACE VIEW ",
    "CREATE MATERIALIZED VIEW ": "CREATE MATERIALIZED VIEW IF NOT EXISTS ",
    "COMMENT ON ": "COMMENT ON ",
}
"""How a statement is written that does nothing where the object is already there."""


def location(found: LiveDrift, difference: Difference) -> Location:
    """Gives where the model declares the object or its table, else the object alone."""
    return drift.location(found.between(), difference)


def repair(found: LiveDrift, difference: Difference) -> Fix:
    """Gives the SQL that makes the live database what its revisions made of it."""
    statements = [step for sql in _to_expected(found, difference) for step in sql]
    title = "run this on the live database"
    sql = ";\n".join(statement.sql for statement in statements) + ";"
    if difference.aspect == "definition" and len(statements) > 1:
        sql = f"BEGIN;\n{sql}\nCOMMIT;"  # nobody is to see it gone
    if not statements:
        title = "nothing changes it in place: move the rows to a table made as it should be"
        return Fix(title, f"-- {difference}", safety="unsafe")
    return Fix(title, sql, safety="unsafe", steps=tuple(statements))


def undone(found: LiveDrift, difference: Difference) -> Undo:
    """Gives the SQL that makes the live database again what it is now."""
    _, back = drift.to_models(found.between(), difference)
    return Undo(";\n".join(back) or "nothing is known that would take it back")


def by_hand(found: LiveDrift) -> tuple[Difference, ...]:
    """Gives all that stands otherwise in the live database than its revisions made it."""
    kinds: tuple[Change, ...] = ("added", "removed", "changed")
    return tuple(difference for kind in kinds for difference in found.differences(kind))


def in_the_way(found: LiveDrift) -> tuple[Difference, ...]:
    """Gives the changes by hand that pending revisions meet: they make it, or take it away."""
    changes = by_hand(found)
    return tuple(item for item in changes if found.met(item)) or changes


def out_of_the_way(found: LiveDrift) -> tuple[Step, ...]:
    """Gives the SQL that takes what pending revisions meet off the live database."""
    items = in_the_way(found)
    return tuple(step for item in items for sql in _to_expected(found, item) for step in sql)


def to_live(found: LiveDrift, changes: tuple[Difference, ...]) -> list[str]:
    """Gives the SQL that makes these changes on a database as expected."""
    between = found.between()
    return [sql for item in changes for sql in drift.to_models(between, item)[1]]


def dropped(found: LiveDrift, difference: Difference) -> str:
    """Gives the SQL that takes off the live database what no revision makes."""
    up, _ = drift.to_models(found.between(), difference)
    return "; ".join(up)


def adopted(found: LiveDrift, difference: Difference) -> Fix:
    """Gives a new revision that makes the object where it is missing, and nothing here."""
    title = f"adopt {difference.object} {drift.name(difference)}"
    drop, add = drift.to_models(found.between(), difference)
    guarded = [_guarded(difference, sql, found.target.dialect) for sql in add]
    if not guarded or None in guarded or difference.kind != "added":
        title = "write a revision that makes it wherever it is missing"
        return Fix(title, f"-- {difference}", safety="unsafe")
    body = "\n".join(code.execute(sql) for sql in guarded if sql)
    back = "\n".join(map(code.execute, drop))
    notes = revision.Notes(
        f"makes the {difference.object} {drift.name(difference)}, which the live database has "
        "already, wherever it is missing.",
        "rows elsewhere may not satisfy it; the live database is not touched.",
    )
    newest = found.newest
    edits: tuple[Edit, ...] = ()
    if newest is not None and newest.source is not None and newest.followers == ():
        try:
            edits = (revision.behind(newest, revision.Phase(title, body, back, notes)),)
        except FixError:
            edits = ()
    return Fix("write the revision that makes it elsewhere too", body, edits=edits)


def _to_expected(found: LiveDrift, difference: Difference) -> list[list[Step]]:
    """The statements, each in the form that blocks a live database the least."""
    up, _ = drift.to_models(found.between(), difference)
    plain = [[Step(sql, lock_timeout=TIMEOUT)] for sql in up]
    if found.target.dialect == "postgresql" and difference.kind == "removed":
        part = drift.part_of(found.expected, difference)
        table = difference.table or ""
        live = found.live.table(table)
        cut = live is not None and live.is_cut
        if isinstance(part, Index) and not cut:  # of a table that is cut the server refuses it
            return [[Step(index.create_sql(table, part), autocommit=True)]]
        if (isinstance(part, ForeignKey) and not cut) or isinstance(part, Check):
            return [_validated_later(table, part)] if part.name else plain
    return plain


def _validated_later(table: str, part: ForeignKey | Check) -> list[Step]:
    spell = table_sql.foreign_key if isinstance(part, ForeignKey) else table_sql.check
    alter = f"ALTER TABLE {code.quoted(table)}"
    words = spell(part, validated=False)  # type: ignore[arg-type]
    add = Step(f"{alter} ADD {words}", phase="expand", lock_timeout=TIMEOUT)
    if not part.validated:
        return [add]
    name = code.quoted(part.name or "")
    return [add, Step(f"{alter} VALIDATE CONSTRAINT {name}", phase="validate")]


def _guarded(difference: Difference, sql: str, dialect: str) -> str | None:
    """The statement that does nothing where the object is there, None where none is known."""
    if dialect == "sqlite" and difference.object == "view":  # as it was written
        return re.sub("view", "VIEW IF NOT EXISTS", sql, count=1, flags=re.IGNORECASE)
    for plain, guarded in GUARDED.items():
        if sql.startswith(plain):
            return guarded + sql.removeprefix(plain)
    if dialect != "postgresql" or not difference.name or difference.object == "table":
        return None
    if difference.object == "column":
        return sql.replace(" ADD COLUMN ", " ADD COLUMN IF NOT EXISTS ", 1)
    if " ADD " not in sql:
        return None
    regclass = string_literal(code.quoted(difference.table or ""))
    return (
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = "
        f"{regclass}::regclass AND conname = {string_literal(difference.name)}) "
        f"THEN {sql}; END IF; END $$"
    )
