"""Whose plans a twin makes: row security puts conditions into the statements of some roles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from dbwright.dialects.postgresql.inventory_queries import own
from dbwright.dialects.postgresql.names import quoted
from dbwright.dialects.postgresql.question import ask
from dbwright.dialects.postgresql.server import OWNER
from dbwright.dialects.postgresql.twin_workload import place

# A role that is a superuser, or an owner, sees all rows; see check_enable_rls in
# src/backend/utils/misc/rls.c.
_HELD = own(
    "pg_class",
    "c.oid",
    """
    select c.oid::bigint as id from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_roles r on r.rolname = %(role)s
    where c.relrowsecurity and not r.rolsuper and not r.rolbypassrls
      and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage')) and {own}
    """,
)
_SECURED = own(
    "pg_class",
    "c.oid",
    """
    select count(*) as n from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relrowsecurity and {own}
    """,
)
_MOST = """
    select r.rolname as role from {place} s join pg_roles r on r.oid = s.userid
    where s.dbid = (select oid from pg_database where datname = current_database())
    group by r.rolname order by sum(s.calls) desc
"""
_MEMBER = """
    select distinct g.rolname as role
    from pg_policy p, unnest(p.polroles) granted
    join pg_roles g on g.oid = granted
    join pg_roles r on r.rolname = %(role)s
    where g.oid <> r.oid and pg_has_role(r.oid, g.oid, 'usage') and g.rolname not like 'pg\\_%%'
    order by 1
"""
_GRANTABLE = """
    select rolname as role from pg_roles
    where rolname = any(%(roles)s) and not rolsuper and rolname not like 'pg\\_%%'
      and rolname <> %(owner)s
"""
_OPEN = """
do $$
declare schema name;
begin
    for schema in select nspname from pg_namespace where nspname !~ '^pg_'
                  and nspname <> 'information_schema' and pg_has_role(nspowner, 'usage')
    loop
        execute format('grant usage on schema %I to {role}', schema);
        execute format('grant all on all tables in schema %I to {role}', schema);
        execute format('grant all on all sequences in schema %I to {role}', schema);
    end loop;
end $$
"""


@dataclass(frozen=True, slots=True)
class Secured:
    """The role whose plans are made, the policies' roles that it is in, and its secured tables.

    Without a role that row security holds for, `role` is None.
    """

    role: str | None = None
    member_of: tuple[str, ...] = ()
    tables: frozenset[int] = frozenset()
    told: tuple[str, ...] = ()


def read(connection: psycopg.Connection[Any], wanted: str | None = None) -> Secured:
    """Gives whose plans a twin of the database is to make.

    That is the role that is wanted, else the one that has the most calls in pg_stat_statements,
    else the connection's own, of those that row security holds for.
    """
    count = ask(connection, _SECURED)[0].n
    if not count:
        return Secured()
    own_role = ask(connection, "select current_user as role")[0].role
    roles = [wanted] if wanted else [*_by_calls(connection), own_role]
    for role in roles:
        tables = frozenset(each.id for each in ask(connection, _HELD, role=role))
        if tables:
            member_of = tuple(each.role for each in ask(connection, _MEMBER, role=role))
            words = "plans of other roles: row security makes them others than those of"
            return Secured(role, member_of, tables, (f"{words} {role}, which are made",))
    words = "row security: it does not hold for"
    return Secured(told=(f"{words} {roles[-1]}, whose plans are made",))


def _by_calls(connection: psycopg.Connection[Any]) -> Iterator[str]:
    found = place(connection)
    if found is None:
        return
    try:
        with connection.transaction():
            rows = ask(connection, _MOST.format(place=found))
    except psycopg.Error:
        return
    yield from (row.role for row in rows)


def write(
    admin: psycopg.Connection[Any],
    owner: psycopg.Connection[Any],
    role: str,
    member_of: tuple[str, ...],
) -> None:
    """Makes the role in a twin, without a right but to plan, and lets the owner stand for it.

    The names are a file's: a role of the server's own is granted to nobody.
    """
    named = sql.Identifier(role)
    if not ask(admin, "select 1 from pg_roles where rolname = %(role)s", role=role):
        admin.execute(sql.SQL("create role {}").format(named))
    known = ask(admin, _GRANTABLE, roles=[role, *member_of], owner=OWNER)
    found = [each.role for each in known]
    if role not in found:
        raise psycopg.errors.InvalidRoleSpecification(f"role {role} is the server's own")
    for each in found:
        to = sql.Identifier(OWNER) if each == role else named
        admin.execute(sql.SQL("grant {} to {}").format(sql.Identifier(each), to))
    owner.execute(_OPEN.replace("{role}", quoted(role).replace("'", "''")).encode())


def take(connection: psycopg.Connection[Any], role: str) -> None:
    """Has the owner's connection plan as the role."""
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
