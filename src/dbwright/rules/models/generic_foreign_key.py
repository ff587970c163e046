"""A pair of type and id points at any table, so no foreign key can keep it right.

## What it does

Looks for columns such as `object_type` and `object_id`, neither of them a foreign key.

## Why is this bad?

The database cannot tell whether the row that is meant exists. Deleting it leaves comments and
files behind that nobody sees, and a join has to know every type.

## When to leave it

In logs, audits and feeds, whose rows outlive what they speak of, and for ids of other systems:
both are left alone, and so is a pair whose comment says why.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe, Unmatched
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import (
    model_columns,
    model_migrations,
    model_types,
    model_usage,
    model_words,
    models,
)
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
KINDS = ("_type", "_kind", "_model", "_table")
ANYTHING = {
    "actor", "assignee", "content", "context", "creator", "element", "entity", "holder", "host",
    "item", "model", "obj", "object", "origin", "owner", "parent", "principal", "recipient",
    "record", "ref", "reference", "related", "resource", "sender", "source", "subject", "target",
    "thing",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)

class Photo(Base):
    __tablename__ = "photos"
    id: Mapped[int] = mapped_column(primary_key=True)

class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]

    def is_of_photo(self) -> bool:
        return self.object_type == "photo"

    def is_of_post(self) -> bool:
        return self.object_type == "post"
""",
    claims=("accepts_bad_row",),
    object="comments.object_id",
)
GOOD = ModelsExample(
    code="""
class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)

class AuditEntry(Base):
    __tablename__ = "audit_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]

class Link(Base):
    __tablename__ = "links"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_type: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(40))
    # a post or a page, which another service keeps
    target_id: Mapped[int]
    target_type: Mapped[str] = mapped_column(String(40))

class Queue(Base):
    __tablename__ = "waiting"
    queue_id: Mapped[int] = mapped_column(primary_key=True)
    queue_type: Mapped[str] = mapped_column(String(40))
""",
)
# as Nova's: a volume of another program, and its kind
GOOD_KIND = ModelsExample(
    code="""
class Mount(Base):
    __tablename__ = "mounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[str] = mapped_column(String(36))
    volume_type: Mapped[str] = mapped_column(String(80))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each pair that may point at anything."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned") or model_words.is_diary(table.name):
            continue
        held = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            kind = _kind_of(table, column)
            if kind is None or {column.name, kind.name} & held:
                continue
            if _is_free(mapping, table, column, kind):
                continue
            targets = _targets(mapping, table, kind)
            base = model_words.words(column.name)[:-1]
            if targets or (base[-1:] and (base[-1] in ANYTHING or base[-1].endswith("able"))):
                yield _finding(table, column, kind, targets, mapping)


def _kind_of(table: Table, column: Column) -> Column | None:
    """The text beside `object_id` that says of which table it is an id."""
    base, _, suffix = column.name.rpartition("_")
    if table.primary_key and table.primary_key.columns == (column.name,):
        return None
    if not base or suffix not in ("id", "uuid", "pk"):
        return None
    for ending in KINDS:
        kind = table.column(f"{base}{ending}")
        if kind is not None and (model_types.is_text(kind.type) or "enum" in kind.type):
            return kind
    return None


def _is_free(mapping: Mapping, table: Table, column: Column, kind: Column) -> bool:
    """Whether the pair is someone else's, about one known table, or explained."""
    base = column.name.rpartition("_")[0]
    words = set(model_words.words(base)) - {"object"}
    if words and model_words.is_external("_".join(sorted(words))):
        return True
    if any(mapping.schema.table(name) for name in model_words.table_names(base)):
        return True
    if column.comment or kind.comment:
        return True
    places = (mapping.place_of(table, one.name) for one in (column, kind))
    return any(models.comment_at(mapping, place) for place in places)


def _targets(mapping: Mapping, table: Table, kind: Column) -> list[str]:
    """The tables that the code's values of the type column name."""
    owner = model_columns.owner(mapping, table.key)
    attribute = mapping.attribute(table.key, kind.name)
    named = attribute.name if attribute else kind.name
    values = model_usage.values_of(mapping.sources, owner.name if owner else table.name, named)
    return list(dict.fromkeys(name for value in values if (name := _target(mapping, value))))


def _finding(
    table: Table, column: Column, kind: Column, targets: list[str], mapping: Mapping
) -> Finding:
    probe = RowProbe(table.key, ({column.name: Unmatched()},))
    return Finding(
        message=f"with {kind.name} it may point at a row that no table has",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        details={"table": table.key, "column": column.name, "kind": kind.name,
                 "targets": targets},
    )  # fmt: skip


def _target(mapping: Mapping, value: str) -> str | None:
    """The table that a value of the type column names, with a key of one column."""
    for name in model_words.table_names(model_words.snake(value)):
        found = mapping.schema.table(name)
        if found is not None and found.primary_key and len(found.primary_key.columns) == 1:
            return name
    return None


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a foreign key for each table that the code names, beside the old pair."""
    table, column, kind = (finding.details[name] for name in ("table", "column", "kind"))
    targets: list[str] = finding.details["targets"]
    names = [f"{model_words.singular(target)}_id" for target in targets]
    bare = table.rpartition(".")[2]
    fix = _draft(mapping, finding, names).fix(
        "one foreign key for each table it may point at",
        otherwise="post_id: Mapped[int | None] = mapped_column(ForeignKey(…), index=True)\n"
        "photo_id: Mapped[int | None] = mapped_column(ForeignKey(…), index=True)\n"
        'CheckConstraint("num_nonnulls(post_id, photo_id) = 1")',
        migration=_migration(mapping, table, column, kind, targets, names),
    )
    return Advice(
        reason="a foreign key points at one table; each table it may point at needs its own",
        fix=fix,
        alternatives=(
            Alternative(
                f"a table of links for each kind: post_{bare}, photo_{bare}",
                f"no empty columns; a row of {table} may then belong to several",
            ),
            Alternative(
                "keep the pair, and say in its comment what looks for rows that point at nothing",
                "a nightly query has to do what the database would",
            ),
        ),
        risk=Risk(
            "rows that point at nothing get no key, and the old pair has to be kept up meanwhile",
            f"count them by {kind} first; drop the pair when no code reads it",
        ),
        undo=models.undo(fix, f"drop the new columns; {kind} and {column} are still there"),
        tests=f"an INSERT into {table} that points at a row that does not exist is refused",
        backup="none needed: the old pair stays until you drop it",
    )


def _draft(mapping: Mapping, finding: Finding, names: list[str]) -> Draft:
    table, column = finding.details["table"], finding.details["column"]
    place, targets = finding.location, finding.details["targets"]
    if not targets or not model_columns.is_annotated(mapping, table, [column]):
        return Draft(mapping).change(None, lambda text: None)
    lines = [
        f"{name}: Mapped[int | None] = mapped_column(\n"
        f'    ForeignKey("{target}.{_key(mapping, target)}", ondelete="CASCADE"), index=True\n)'
        for name, target in zip(names, targets, strict=True)
    ]
    replaced = f"no foreign key: replaced by {', '.join(names)}"
    draft = Draft(mapping).change(
        place, lambda text: model_columns.after_statement(text, place.line or 0, "\n".join(lines))
    )
    draft = draft.keyword(place, "comment", f'"{replaced}"')
    return draft.imports(place, "sqlalchemy", "ForeignKey")


def _key(mapping: Mapping, table: str) -> str:
    found = mapping.schema.table(table)
    return found.primary_key.columns[0] if found and found.primary_key else "id"


def _migration(
    mapping: Mapping, table: str, column: str, kind: str, targets: list[str], names: list[str]
) -> str:
    bare = table.rpartition(".")[2]
    steps: list[str] = []
    for target, name in zip(targets, names, strict=True):
        key = _key(mapping, target)
        value = model_words.singular(target)
        steps += [
            f'op.add_column("{bare}", sa.Column("{name}", sa.Integer))',
            f"op.execute(\"UPDATE {table} SET {name} = {column} WHERE {kind} = '{value}' "
            f'AND {column} IN (SELECT {key} FROM {target})")',
            model_migrations.create_index(f"ix_{bare}_{name}", table, [name]),
            model_migrations.foreign_key(
                mapping, f"{bare}_{name}_fkey", table, [name], target, [key], on_delete="CASCADE"
            ),
        ]
    return "\n".join(steps)
