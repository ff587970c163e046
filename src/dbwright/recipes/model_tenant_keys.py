"""Foreign keys between tables of tenants, widened by the tenant's column."""

from __future__ import annotations

import libcst as cst

from dbwright.core.finding import Fix
from dbwright.core.mapping import Mapping
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import model_migrations, model_source
from dbwright.recipes.model_draft import Draft


def widened(mapping: Mapping, table: str, columns: tuple[str, ...], tenant: str) -> Fix:
    """Gives the fix that makes the foreign key one over the tenant and its columns.

    Where relationships follow the key the code is not edited: which of two relationships writes
    the tenant's column is the reader's to say.
    """
    child = mapping.schema.table(table)
    assert child is not None
    key = next(key for key in child.foreign_keys if key.columns == columns)
    parent = mapping.schema.table(key.referred)
    assert parent is not None
    bare = table.rpartition(".")[2]
    name = f"fk_{bare}_{'_'.join(columns)}_tenant"
    unique = f"uq_{parent.name}_{tenant}_{'_'.join(key.referred_columns)}"
    element = _constraint(key, tenant, name)
    own = f'UniqueConstraint({_names([tenant, *key.referred_columns])}, name="{unique}")'
    draft = _draft(mapping, child, key, element)
    has = parent.has_unique_over((tenant, *key.referred_columns))
    exact = any({tenant, *key.referred_columns} == set(one) for one in parent.unique_sets())
    if not (has and exact):
        draft = draft.table_argument(parent.key, own, "UniqueConstraint")
    return draft.fix(
        f"let the key hold {tenant} too",
        otherwise=f"{own}  # at {parent.key}\n{element}  # at {table}",
        migration=_migration(mapping, child, key, tenant, name, "" if exact else unique),
    )


def _draft(mapping: Mapping, child: Table, key: ForeignKey, element: str) -> Draft:
    draft = Draft(mapping)
    if len(key.columns) != 1 or _is_followed(mapping, child, key):
        return draft.change(None, lambda text: None)
    place = mapping.place_of(child, key.columns[0])
    line = (place.line or 0) if place else 0
    draft = draft.change(place, lambda text: _without_key(text, line))
    return draft.table_argument(child.key, element, "ForeignKeyConstraint")


def _without_key(text: str, line: int) -> str | None:
    """The column without its own key: SQLAlchemy takes the type from the parent no longer."""
    calls = model_source.COLUMN_CALLS
    kept: list[bool] = []

    def change(call: cst.Call) -> cst.Call:
        args = [item for item in call.args if not _is_key(item)]
        typed = model_source.call_name(call) != "Column" or any(a.keyword is None for a in args)
        kept.append(len(args) < len(call.args) and typed)
        if args:
            args[-1] = args[-1].with_changes(comma=call.args[-1].comma)
        return call.with_changes(args=args)

    after = model_source.change_call(text, line, calls, change)
    return after if kept and kept[0] else None


def _is_key(item: cst.Arg) -> bool:
    return isinstance(item.value, cst.Call) and model_source.call_name(item.value) == "ForeignKey"


def _is_followed(mapping: Mapping, child: Table, key: ForeignKey) -> bool:
    """Whether a relationship joins the two tables by the key."""
    pairs = set(zip(key.columns, key.referred_columns, strict=True))
    back = {(there, here) for here, there in pairs}
    return any(
        set(found.pairs) in (pairs, back)
        for mapper in mapping.mappers
        for found in mapper.relationships
        if {mapper.table, found.target_table} == {child.key, key.referred}
    )


def _constraint(key: ForeignKey, tenant: str, name: str) -> str:
    there = [f"{key.referred}.{column}" for column in (tenant, *key.referred_columns)]
    action = f', ondelete="{key.on_delete}"' if key.on_delete == "CASCADE" else ""
    return (
        f"ForeignKeyConstraint([{_names([tenant, *key.columns])}], [{_names(there)}], "
        f'name="{name}"{action})'
    )


def _names(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _migration(
    mapping: Mapping, child: Table, key: ForeignKey, tenant: str, name: str, unique: str
) -> str:
    parts = []
    if unique:
        columns = [tenant, *key.referred_columns]
        parts.append(model_migrations.unique_from_index(mapping, unique, key.referred, columns))
    parts.append(
        model_migrations.foreign_key(
            mapping,
            name,
            child.key,
            [tenant, *key.columns],
            key.referred,
            [tenant, *key.referred_columns],
            on_delete=key.on_delete if key.on_delete == "CASCADE" else None,
        )
    )
    old = key.name or f"{child.name}_{'_'.join(key.columns)}_fkey"
    parts.append(f'op.drop_constraint("{old}", "{child.name}", type_="foreignkey")')
    return "\n".join(parts)
