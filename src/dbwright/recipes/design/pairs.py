"""Many-to-many: a plain table of pairs, or an entity that stands for the pair."""

from __future__ import annotations

from dbwright.core.brief import Brief, BriefRelationship, OnDelete
from dbwright.recipes.design import names, tenants
from dbwright.recipes.design.parts import (
    Association,
    Column,
    ForeignKey,
    Index,
    Link,
    Plan,
    Table,
    Unique,
)


def parts_of(brief: Brief, relationship: BriefRelationship) -> list[BriefRelationship]:
    """Gives the two references of the entity that stands for a pair, unless they are stated."""
    stated = [
        found
        for found in brief.relationships
        if found.source == relationship.through and found.kind != "many-to-many"
    ]
    ends = [(relationship.source, "")]
    same = relationship.target == relationship.source
    ends.append((relationship.target, _other_end(relationship) if same else ""))
    return [
        BriefRelationship(
            relationship.through,
            target,
            name=name,
            on_delete=relationship.on_delete or _kept(brief, relationship.through, target),
        )
        for target, name in ends
        if not any(found.target == target and not same for found in stated)
    ]


def _kept(brief: Brief, through: str, target: str) -> OnDelete:
    """What becomes of a pair when one of its two goes: a copy of its values outlives it."""
    entity = brief.entity(through)
    copies = entity and any(each.copied_from.startswith(f"{target}.") for each in entity.attributes)
    return "restrict" if copies else "cascade"


def _other_end(relationship: BriefRelationship) -> str:
    name = names.singular(names.snake(relationship.name)) if relationship.name else ""
    return name or f"other_{names.snake(relationship.target)}"


def _ends(relationship: BriefRelationship) -> tuple[str, str]:
    """What the two ends are called in the table of pairs."""
    source, target = names.snake(relationship.source), names.snake(relationship.target)
    return source, _other_end(relationship) if source == target else target


def _references(plan: Plan, relationship: BriefRelationship) -> list[str]:
    """The names of the two references of the entity that stands for a pair, stated ones first."""
    parts = parts_of(plan.brief, relationship)
    stated = [found for found in plan.brief.relationships
              if found.source == relationship.through and found.kind != "many-to-many"]  # fmt: skip
    found: list[str] = []
    for target in (relationship.source, relationship.target):
        names_of = [part.name or part.target for part in (*stated, *parts) if part.target == target]
        found.append(next((name for name in names_of if name not in found), names_of[-1]))
    return found


def through(plan: Plan, relationship: BriefRelationship) -> None:
    """Makes the pair unique."""
    table = plan.table(relationship.through)
    columns = tuple(table.known[end][-1] for end in _references(plan, relationship))
    if not any(set(unique.columns) == set(columns) for unique in table.uniques):
        where = "deleted_at IS NULL" if table.entity.soft_delete else ""
        table.uniques.append(Unique(columns, where=where))
    plan.decide(
        table.name,
        "an entity of its own stands for each pair, with a key of its own",
        "it has attributes, and others may refer to it; the pair stays unique",
        "the pair as the primary key: one column less, longer references to it",
    )


def table_name(relationship: BriefRelationship) -> str:
    """Gives the name of the table of pairs."""
    ends = _ends(relationship)
    return f"{ends[0]}_{names.plural(ends[1])}"


def plain(plan: Plan, relationship: BriefRelationship) -> None:
    """Adds a table of pairs whose key is the pair."""
    source, target = plan.table(relationship.source), plan.table(relationship.target)
    ends = _ends(relationship)
    name = table_name(relationship)
    if any(pair.name == name for pair in plan.associations):  # the same two, for another reason
        name = f"{ends[0]}_{names.snake(relationship.name)}"
    columns = tuple(
        Column(
            f"{end}_id",
            table.column("id").python if table.column("id") else "int",  # type: ignore[union-attr]
            primary=True,
            references=f"{table.name}.{(table.primary_key or ('id',))[0]}",
            on_delete="CASCADE",
        )
        for end, table in zip(ends, (source, target), strict=True)
    )
    pair = Association(name, columns, [Index((columns[1].name, columns[0].name))])
    shared = tenants.shared_column(plan, source, target)
    if shared:
        _in_tenant(plan, pair, shared, (source, target))
    plan.associations.append(pair)
    _links(relationship, (source, target), pair, shared)
    plan.decide(
        name,
        "the pair is the primary key, and the other way round has an index of its own",
        "no pair can be there twice, and both sides are found without reading all",
        "an entity (`through`) where the pair has attributes: a role, a date",
    )


def _in_tenant(plan: Plan, pair: Association, shared: str, ends: tuple[Table, Table]) -> None:
    """Pairs within one tenant: its column stands in the table, and in both foreign keys."""
    for column, table in zip(pair.columns, ends, strict=True):
        key = table.primary_key[0]
        pair.keys.append(ForeignKey((shared, column.name), table.name, (shared, key), "CASCADE"))
        column.references = ""
    owner = plan.table(plan.brief.tenant)
    python = owner.column(owner.primary_key[0]).python  # type: ignore[union-attr]
    pair.columns = (Column(shared, python, primary=True), *pair.columns)
    first, second = pair.columns[1].name, pair.columns[2].name
    pair.indexes = [Index((shared, second, first))]


def _links(
    relationship: BriefRelationship, ends: tuple[Table, Table], pair: Association, shared: str
) -> None:
    source, target = ends
    there = names.snake(relationship.name) if relationship.name else ""
    there = names.attribute(there or names.plural(names.snake(relationship.target)))
    back = names.snake(relationship.inverse) if relationship.inverse else ""
    if not back:
        back = names.plural(names.snake(relationship.source))
        back = f"{back}_as_{names.singular(there)}" if source is target else back
    if back in target.names():
        back = f"{back}_by_{there}"
    back = names.attribute(back)
    own, other = Link(there, target.cls, many=True), Link(back, source.cls, many=True)
    for link, name in ((own, back), (other, there)):
        link.arguments["secondary"] = f'"{pair.name}"'
        link.arguments["back_populates"] = f'"{name}"'
        link.arguments["passive_deletes"] = "True"
    first, second = pair.columns[-2].name, pair.columns[-1].name
    if source is target:
        here, far = (_join(source.cls, pair.name, column, shared) for column in (first, second))
        own.arguments |= {"primaryjoin": here, "secondaryjoin": far}
        other.arguments |= {"primaryjoin": far, "secondaryjoin": here}
    source.links.append(own)
    target.links.append(other)


def _join(cls: str, pair: str, column: str, shared: str) -> str:
    text = f"{cls}.id == {pair}.c.{column}"
    if shared:
        text = f"and_({cls}.{shared} == {pair}.c.{shared}, {text})"
    return f'"{text}"'
