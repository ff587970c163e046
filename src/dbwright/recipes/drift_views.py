"""Views brought to another definition: replaced, or made anew with the views that read them."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator

from dbwright.core.identifiers import string_literal
from dbwright.core.schema import Schema, Table
from dbwright.recipes import code, index


def created(view: Table, dialect: str) -> list[str]:
    """Gives the SQL that makes a view, its comment, its indexes and its triggers."""
    if dialect == "sqlite":
        return [view.definition or ""]
    return [_create(view), *_comment(view), *_attached(view)]


def changed(key: str, wanted: Schema, present: Schema, live: Schema) -> list[str]:
    """Gives the SQL that brings a view from one schema's definition to the other's.

    `live` is the one of both whose views are all there. A view that keeps its columns is
    replaced, and its grants stay. Else it is made anew beside the old one, as are the views that
    read it, with the grants of each; then the old ones go.
    """
    new, old = wanted.table(key), present.table(key)
    if new is None or old is None:
        return []
    if present.dialect == "sqlite":
        return [f"DROP VIEW {code.quoted(key)}", new.definition or ""]
    if new.kind == old.kind == "view" and _keeps_columns(new, old):
        return [_create(new).replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1)]
    before = [old, *_readers(old, live, wanted if live is present else present)]
    pairs = [(view, _aside(view), _again(view, wanted)) for view in before]
    return [
        *(f"{_alter(view)} RENAME TO {code.quoted(aside.name)}" for view, aside, _ in pairs),
        *(sql for _, aside, again in pairs for sql in (_create(again), *_kept(aside, again))),
        *(f"DROP {_kind(aside)} {code.quoted(aside.key)}" for _, aside, _ in reversed(pairs)),
        *(sql for _, _, again in pairs for sql in _attached(again)),
    ]


def _keeps_columns(new: Table, old: Table) -> bool:
    """Whether the columns that are there stay as they are, in front of those that come."""
    first = new.columns[: len(old.columns)]
    return [(c.name, c.type, c.collation) for c in first] == [
        (c.name, c.type, c.collation) for c in old.columns
    ]


def _readers(view: Table, live: Schema, other: Schema) -> Iterator[Table]:
    """The views that read a view in either schema, each behind those that it reads itself."""
    views = {table.key: table for table in live.tables if "view" in table.kind}
    reads = {
        key: (_read(table) | _read(other.table(key))) & views.keys() - {key}
        for key, table in views.items()
    }
    found = {view.key}
    for key in graphlib.TopologicalSorter(reads).static_order():
        if reads[key] & found:
            found.add(key)
            yield views[key]


def _read(view: Table | None) -> set[str]:
    names = view.info.get("reads", ()) if view else ()
    return set(map(str, names)) if isinstance(names, list | tuple) else set()


def _aside(view: Table) -> Table:
    return Table(f"{view.name[:50]}_before", schema=view.schema, kind=view.kind)


def _again(view: Table, wanted: Schema) -> Table:
    found = wanted.table(view.key)
    return found if found is not None and found.definition else view


def _kind(view: Table) -> str:
    return view.kind.upper()


def _alter(view: Table) -> str:
    return f"ALTER {_kind(view)} {code.quoted(view.key)}"


def _create(view: Table) -> str:
    given = view.info.get("options", ())
    options = ", ".join(map(_option, given)) if isinstance(given, list | tuple) else ""
    words = f" WITH ({options})" if options else ""
    body = (view.definition or "").strip().rstrip(";")
    return f"CREATE {_kind(view)} {code.quoted(view.key)}{words} AS\n{body}"


def _option(text: object) -> str:
    name, _, value = str(text).partition("=")
    return f"{name}={string_literal(value)}"


def _kept(old: Table, new: Table) -> list[str]:
    return [_grants(old, new), *_comment(new)]


def _comment(view: Table) -> list[str]:
    about = f"COMMENT ON {_kind(view)} {code.quoted(view.key)} IS"
    return [f"{about} {string_literal(view.comment)}"] if view.comment else []


def _attached(view: Table) -> list[str]:
    indexes = [index.create_sql(view.key, each, concurrently=False) for each in view.indexes]
    return [*indexes, *(each.definition for each in view.triggers)]


def _grants(old: Table, new: Table) -> str:
    """The block that lets roles do with one view what they may with another one."""
    source, to = (string_literal(code.quoted(view.key)) for view in (old, new))
    return (
        "DO $$\nDECLARE\n    own record;\nBEGIN\n    FOR own IN\n"
        "        SELECT acl.*, NULL AS attname\n"
        "        FROM pg_class c, aclexplode(c.relacl) acl\n"
        f"        WHERE c.oid = {source}::regclass AND acl.grantee <> c.relowner\n"
        "        UNION ALL SELECT acl.*, a.attname\n"
        "        FROM pg_attribute a\n"
        f"        JOIN pg_attribute n ON n.attrelid = {to}::regclass AND n.attname = a.attname,\n"
        "            aclexplode(a.attacl) acl\n"
        f"        WHERE a.attrelid = {source}::regclass AND a.attnum > 0\n"
        "    LOOP\n"
        "        EXECUTE format('GRANT %s%s ON %s TO %s%s', own.privilege_type,\n"
        f"            ' (' || quote_ident(own.attname) || ')', {to},\n"
        "            CASE own.grantee WHEN 0 THEN 'PUBLIC'\n"
        "            ELSE quote_ident(pg_get_userbyid(own.grantee)) END,\n"
        "            CASE WHEN own.is_grantable THEN ' WITH GRANT OPTION' END);\n"
        "    END LOOP;\nEND $$"
    )
