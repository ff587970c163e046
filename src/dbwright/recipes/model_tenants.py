"""Tenants: the column that says whose a row is, the tables that have it, and those that need none.

A project has tenants when most of its tables carry one and the same column of that kind.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dbwright import dialects
from dbwright.core.claim import Sql
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Column, ForeignKey, Table
from dbwright.recipes import model_syntax, model_words, models

_CERTAIN = {"tenant"}
_LIKELY = {
    "account", "clinic", "club", "company", "merchant", "org", "organisation", "organization",
    "practice", "school", "shop", "site", "store", "team", "workspace",
}  # fmt: skip
_USERS = {
    "account", "accounts", "identities", "identity", "login", "logins", "person", "persons",
    "people", "user", "users",
}  # fmt: skip
_MACHINERY = {
    "cache", "caches", "config", "job", "jobs", "lock", "locks", "migration", "migrations",
    "outbox", "setting", "settings", "version",
}  # fmt: skip
_OF_A_LIST = {
    "active", "code", "description", "enabled", "iso", "label", "name", "order", "position",
    "price", "rank", "slug", "symbol", "title",
}  # fmt: skip
_SHARED = ("shared", "global", "all tenants", "every tenant", "for everybody", "same for")


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The tenant column, the table of tenants where a key leads to one, and the tables with it."""

    column: str
    tenants: str | None
    members: frozenset[str]

    def key_of(self, table: Table) -> ForeignKey | None:
        """Gives the foreign key by which a table knows its tenant."""
        keys = (key for key in table.foreign_keys if key.columns == (self.column,))
        return next(keys, None)


def tenancy(mapping: Mapping) -> Tenancy | None:
    """Gives the project's tenant column, None where most tables carry none."""
    tables = [table for table in mapping.schema.tables if table.kind in ("table", "partitioned")]
    names = {column.name for table in tables for column in table.columns}
    found = [one for name in sorted(names) if (one := _by(mapping, tables, name))]
    return max(found, key=lambda one: len(one.members), default=None)


def _by(mapping: Mapping, tables: list[Table], name: str) -> Tenancy | None:
    said = model_words.words(name)
    if len(said) != 2 or said[1] not in ("id", "uuid", "key"):
        return None
    certain = said[0] in _CERTAIN
    if not certain and said[0] not in _LIKELY:
        return None
    carriers = [table for table in tables if table.column(name)]
    keys = {k.referred for t in carriers for k in t.foreign_keys if k.columns == (name,)}
    if len(keys) > 1 or (not certain and not keys):
        return None
    one = Tenancy(name, next(iter(keys), None), frozenset(table.key for table in carriers))
    others = [t for t in tables if t.key not in one.members and not needs_none(mapping, one, t)]
    share = len(carriers) / (len(carriers) + len(others))
    least, most = (2, 0.5) if certain else (4, 0.6)
    return one if len(carriers) >= least and share > most else None


def needs_none(mapping: Mapping, one: Tenancy, table: Table) -> bool:
    """Whether a table may lack the column: tenants, users, lists that all share, machinery."""
    said = set(model_words.words(table.name))
    if table.key == one.tenants or said & _MACHINERY or said & _USERS:
        return True
    if any(key.referred == one.tenants for key in table.foreign_keys):
        return True
    if any(set(model_words.words(key.referred_table)) & _USERS for key in table.foreign_keys):
        return True
    return _is_list(table) or _is_declared_shared(mapping, table)


def reaches(mapping: Mapping, one: Tenancy, table: Table) -> bool:
    """Whether each row leads to a tenant over foreign keys that are never NULL."""
    seen: set[str] = set()
    left = [table]
    while left:
        here = left.pop()
        seen.add(here.key)
        for key in here.foreign_keys:
            columns = [here.column(name) for name in key.columns]
            if any(column is None or column.nullable for column in columns):
                continue
            if key.referred in one.members or key.referred == one.tenants:
                return True
            parent = mapping.schema.table(key.referred)
            if parent is not None and parent.key not in seen:
                left.append(parent)
    return False


def keys_across(mapping: Mapping, one: Tenancy) -> Iterator[tuple[Table, ForeignKey]]:
    """Gives the foreign keys between tables of tenants that leave the tenant out."""
    for table in mapping.schema.tables:
        if table.key not in one.members:
            continue
        own = table.primary_key.columns if table.primary_key else ()
        for key in table.foreign_keys:
            joined = set(key.columns) <= set(own) and len(key.columns) == len(own)
            if key.referred in one.members and one.column not in key.columns and not joined:
                yield table, key


def holds_tenant(mapping: Mapping, one: Tenancy) -> bool:
    """Whether some foreign key between tables of tenants has the tenant in it."""
    return any(
        key.referred in one.members and one.column in key.columns and len(key.columns) > 1
        for table in mapping.schema.tables
        if table.key in one.members
        for key in table.foreign_keys
    )


def first(dialect: str, table: str, column: str, number: int = 0) -> Sql:
    """Gives the probe value that is a column's first value in its order, or a later one."""
    quoting = dialects.get(dialect).quoting
    name, key = quoting.quoted(column), quoting.quoted_key(table)
    rest = f" offset {number}" if number else ""
    return Sql(f"(select {name} from {key} order by {name} limit 1{rest})")


def of_another(dialect: str, table: str, column: str, tenant: str) -> Sql:
    """Gives the probe value that is a column's value in a row that is not the first tenant's."""
    quoting = dialects.get(dialect).quoting
    name, owner, key = quoting.quoted(column), quoting.quoted(tenant), quoting.quoted_key(table)
    mine = first(dialect, table, tenant).expression
    return Sql(f"(select {name} from {key} where {owner} <> {mine} order by {name} limit 1)")


def _is_list(table: Table) -> bool:
    """Whether the table is a list of names or codes, with no key of another table."""
    if table.foreign_keys:
        return False
    key = set(table.primary_key.columns) if table.primary_key else set()
    rest = [column for column in table.columns if column.name not in key]
    return all(_belongs_to_list(column) for column in rest)


def _belongs_to_list(column: Column) -> bool:
    return bool(_OF_A_LIST.intersection(model_words.words(column.name)[-1:]))


def _is_declared_shared(mapping: Mapping, table: Table) -> bool:
    said = [table.comment or "", models.comment_at(mapping, mapping.place_of(table))]
    for mapper in mapping.mappers_of(table.key):
        source = mapping.source(mapper.place.file) if mapper.place else None
        node = model_syntax.class_named(source, mapper.name) if source else None
        said.append(ast.get_docstring(node) or "" if node else "")
    return any(mark in text.lower() for text in said for mark in _SHARED)
