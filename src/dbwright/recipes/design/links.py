"""The third step: relationships become foreign keys, and attributes on both sides."""

from __future__ import annotations

from typing import Literal

from dbwright.core.brief import BriefRelationship
from dbwright.core.claim import SameAs
from dbwright.recipes.design import names, pairs, tenants
from dbwright.recipes.design.parts import Check, Column, ForeignKey, Link, Plan, Table, Unique

Deletion = Literal["cascade", "set null", "restrict"]
_ACTIONS = {"cascade": "CASCADE", "set null": "SET NULL", "restrict": "RESTRICT"}
_REASONS = {
    "cascade": "its rows are parts, and mean nothing without what they belong to",
    "restrict": "a row that others refer to must not vanish in silence",
    "set null": "the row stays of use without what it referred to",
}
_OTHERS = {
    "cascade": "RESTRICT: the parts are deleted first, on purpose",
    "restrict": "CASCADE where the rows are parts of what they refer to",
    "set null": "RESTRICT where the reference is part of a record",
}
_SELF_INVERSES = {
    "parent": "children",
    "manager": "reports",
    "boss": "reports",
    "supervisor": "reports",
    "reply_to": "replies",
    "in_reply_to": "replies",
    "replaces": "replaced_by",
    "previous": "following",
}


def add(plan: Plan) -> None:
    """Adds the foreign keys of all relationships, pairs through an entity included."""
    tenants.add(plan)
    ordered = _in_order(plan)
    for relationship in sorted(ordered, key=lambda item: bool(item.through)):
        if relationship.kind == "many-to-many":
            if relationship.through:
                for part in pairs.parts_of(plan.brief, relationship):
                    _one(plan, part)
                pairs.through(plan, relationship)
            else:
                pairs.plain(plan, relationship)
        else:
            _one(plan, relationship)


def _in_order(plan: Plan) -> list[BriefRelationship]:
    """Those that are part of a key first: the key must be whole before others refer to it."""

    def depth(name: str, seen: tuple[str, ...] = ()) -> int:
        entity = plan.brief.entity(name)
        if entity is None or entity.key != "natural" or name in seen:
            return 0
        below = [
            depth(found.target, (*seen, name))
            for found in plan.brief.relationships
            if found.source == name and found.kind != "many-to-many"
        ]
        return 1 + max(below, default=0)

    found = plan.brief.relationships
    return sorted(found, key=lambda item: depth(item.source) or len(plan.tables) + 1)


def _one(plan: Plan, relationship: BriefRelationship) -> None:
    source, target = plan.table(relationship.source), plan.table(relationship.target)
    name = names.snake(relationship.name or relationship.target)
    deletes = deletion(plan, relationship)
    columns = _reference(plan, source, target, name, relationship, deletes)
    source.known[relationship.name or relationship.target] = columns
    source.known[name] = columns
    if relationship.kind == "one-to-one":
        _single(plan, source, columns, name)
    if source is target:
        _not_itself(plan, source, columns[-1])
    if relationship.position:
        _position(plan, source, columns)
    _attributes(plan, relationship, (source, target), name, deletes)
    plan.decide(
        f"{source.name}.{columns[-1]}",
        f"ON DELETE {_ACTIONS[deletes]}",
        _REASONS[deletes] if not relationship.on_delete else f"the brief says so: {deletes}",
        _OTHERS[deletes],
    )


def deletion(plan: Plan, relationship: BriefRelationship) -> Deletion:
    """Gives what becomes of the source when the target is deleted."""
    if relationship.on_delete:
        return relationship.on_delete
    source, target = names.snake(relationship.source), names.snake(relationship.target)
    if relationship.source == relationship.target:
        return "restrict"
    part = source.startswith(f"{target}_") or relationship.position
    if relationship.required and (part or relationship.kind == "one-to-one"):
        return "cascade"
    return "restrict" if relationship.required or _is_kept(plan, relationship) else "set null"


def _is_kept(plan: Plan, relationship: BriefRelationship) -> bool:
    """Whether the reference, once set, must not become NULL by itself."""
    entity = plan.brief.entity(relationship.source)
    if relationship.immutable or entity is None or entity.append_only:
        return True
    own = {relationship.name or relationship.target}
    own |= {names.snake(name) for name in own}
    return any(own & set(rule.of) for rule in entity.rules if rule.kind not in ("at-most-one",))


def _reference(
    plan: Plan,
    source: Table,
    target: Table,
    name: str,
    relationship: BriefRelationship,
    deletes: Deletion,
) -> tuple[str, ...]:
    """The columns that refer to the target, made here unless the tenant's is among them."""
    made: list[str] = []
    key = target.primary_key or ("id",)
    for referred in key:
        column = f"{name}_{referred}"
        made.append(column)
        own = Column(
            column,
            _python(plan, target, referred),
            nullable=not relationship.required,
            attribute=names.attribute(column),
            primary=_is_key(source, relationship),
            family="reference",
            on_delete=_ACTIONS[deletes],
        )
        own.sql = "BigInteger" if own.python == "int" else _sql(plan, target, referred)
        source.columns.append(own)
    shared = tenants.shared_column(plan, source, target)
    if shared:
        _in_tenant(plan, source, target, own, shared, deletes)
    elif len(made) > 1:
        source.keys.append(ForeignKey(tuple(made), target.name, key, _ACTIONS[deletes]))
    else:
        own.references = f"{target.name}.{key[0]}"
        own.sql = ""
    return tuple(made)


def _is_key(source: Table, relationship: BriefRelationship) -> bool:
    """Whether the relationship is part of its source's natural key."""
    names_of = {relationship.name or relationship.target}
    names_of.add(names.snake(relationship.name or relationship.target))
    entity = source.entity
    return entity.key == "natural" and bool(names_of.intersection(entity.natural_key))


def _in_tenant(
    plan: Plan, source: Table, target: Table, own: Column, shared: str, deletes: Deletion
) -> None:
    """The foreign key holds the tenant as well; SET NULL must leave the tenant as it is."""
    key = target.primary_key[0]
    columns = (shared, own.name)
    if deletes != "set null":
        source.keys.append(ForeignKey(columns, target.name, (shared, key), _ACTIONS[deletes]))
        return
    own.references, own.sql = f"{target.name}.{key}", ""
    source.keys.append(ForeignKey(columns, target.name, (shared, key), "NO ACTION", waits=True))
    plan.decide(
        f"{source.name}.{own.name}",
        "two foreign keys: one is set to null, the other holds the tenant",
        "one over both columns would set the tenant to null as well",
        "SET NULL (column): one foreign key, PostgreSQL 15 and later only",
    )


def _python(plan: Plan, target: Table, column: str) -> str:
    found = target.column(column)
    if found is not None:
        return found.python
    parent = target.entity.kind_of
    return _python(plan, plan.table(parent), column) if parent else "int"


def _sql(plan: Plan, target: Table, column: str) -> str:
    """The type of a key's column, found where it comes from in the end."""
    found = target.column(column)
    if found is None or found.sql or not found.references:
        return found.sql if found else ""
    there, _, key = found.references.rpartition(".")
    return _sql(plan, next(table for table in plan if table.name == there), key)


def _single(plan: Plan, source: Table, columns: tuple[str, ...], name: str) -> None:
    where = "deleted_at IS NULL" if source.entity.soft_delete else ""
    source.uniques.append(Unique(columns, where=where))
    plan.decide(
        f"{source.name}.{columns[-1]}",
        "one-to-one by a unique foreign key",
        "without it a second row is possible, and the ORM would show one of the two",
        "the foreign key as the primary key: one column less, no life of its own",
    )


def _not_itself(plan: Plan, table: Table, column: str) -> None:
    key = table.primary_key[-1] if table.primary_key else "id"
    own, other = names.quoted(column, plan.database), names.quoted(key, plan.database)
    name = f"{column.removesuffix('_id')}_not_itself"
    table.checks.append(Check(name, f"{own} <> {other}"))


def _position(plan: Plan, source: Table, columns: tuple[str, ...]) -> None:
    if source.column("position") is None:
        source.columns.append(Column("position", "int", family="integer"))
    source.uniques.append(Unique((*columns, "position"), deferrable=True))
    plan.decide(
        f"{source.name}.position",
        "people choose the order: a position, unique beside its parent",
        "the check waits for the end of the transaction, so that two rows can swap places",
        "a fractional rank: moving a row writes one row only",
    )


def _attributes(
    plan: Plan,
    relationship: BriefRelationship,
    ends: tuple[Table, Table],
    name: str,
    deletes: Deletion,
) -> None:
    source, target = ends
    column = source.known[name]
    key = names.attribute(name)
    own = Link(key, target.cls, optional=not relationship.required)
    inverse = _inverse(plan, relationship, ends, name)
    other = Link(
        inverse,
        source.cls,
        many=relationship.kind != "one-to-one",
        optional=relationship.kind == "one-to-one",
        deletes=deletes,
        child=source.name,
        child_columns=column,
    )
    own.arguments["back_populates"] = f'"{inverse}"'
    other.arguments["back_populates"] = f'"{key}"'
    _joined(plan, (own, other), ends, column)
    if deletes == "cascade":
        orphans = relationship.required
        other.arguments["cascade"] = '"all, delete-orphan"' if orphans else '"all"'
        other.arguments["passive_deletes"] = "True"
    elif deletes == "set null":
        other.arguments["passive_deletes"] = "True"
    else:
        other.arguments["passive_deletes"] = '"all"'
    if relationship.position:
        other.arguments["order_by"] = f'"{source.cls}.position"'
    source.links.append(own)
    target.links.append(other)


def _joined(
    plan: Plan, links: tuple[Link, Link], ends: tuple[Table, Table], columns: tuple[str, ...]
) -> None:
    """Says by which columns the two sides are joined, where SQLAlchemy could not know."""
    source, target = ends
    own, other = links
    here = [source.column(name) for name in columns]
    keys = [column.key for column in here if column is not None]
    shared = tenants.shared_column(plan, source, target)
    if source is target:
        referred = target.primary_key[-1] if target.primary_key else "id"
        own.arguments["remote_side"] = f"[{referred}]" if target.column(referred) else '"id"'
    if shared:
        key = target.primary_key[0]
        text = f'"{source.cls}.{keys[0]} == {target.cls}.{key}"'
        own.arguments["primaryjoin"] = other.arguments["primaryjoin"] = text
        own.arguments["foreign_keys"] = f"[{keys[0]}]"
        other.arguments["foreign_keys"] = f'"{source.cls}.{keys[0]}"'
    elif _ambiguous(plan, source, target):
        own.arguments["foreign_keys"] = f"[{', '.join(keys)}]"
        listed = ", ".join(f"{source.cls}.{key}" for key in keys)
        other.arguments["foreign_keys"] = f'"[{listed}]"' if len(keys) > 1 else f'"{listed}"'


def _ambiguous(plan: Plan, source: Table, target: Table) -> bool:
    """Whether more than one foreign key leads from one table to the other, or one back."""
    between = {source.entity.name, target.entity.name}
    count = 0
    for found in plan.brief.relationships:
        if found.kind == "many-to-many":
            ends = [{found.through, found.source}, {found.through, found.target}]
            count += sum(1 for end in ends if found.through and end == between)
        else:
            count += {found.source, found.target} == between
    kinds = any(between == {table.entity.name, table.entity.kind_of} for table in plan)
    kinds = kinds or bool(source.entity.kind_of or target.entity.kind_of)
    owned = source.entity.name != target.entity.name and plan.brief.tenant in between
    return count + kinds + (1 if owned and tenants.is_owned(plan, source) else 0) > 1


def _inverse(
    plan: Plan, relationship: BriefRelationship, ends: tuple[Table, Table], name: str
) -> str:
    source, target = ends
    if relationship.inverse:
        return names.attribute(names.snake(relationship.inverse))
    one = relationship.kind == "one-to-one"
    base = names.snake(relationship.source)
    plain = base if one else names.plural(base)
    if source is target:
        plain = _SELF_INVERSES.get(name, f"{plain}_as_{name}")
    elif name != names.snake(relationship.target) and _ambiguous(plan, source, target):
        plain = f"{plain}_as_{name}"
    if plain in target.names():
        plain = f"{plain}_as_{name}"
    return names.attribute(plain)


def duplicate_rows(columns: tuple[str, ...]) -> tuple[dict[str, SameAs], ...]:
    """Gives two rows that agree in the columns."""
    return ({}, {name: SameAs(0) for name in columns})
