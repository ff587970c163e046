"""A column holds keys of another table, and no foreign key keeps them right.

## What it does

Looks for columns named after a table of the same metadata (`supplier_id` and `suppliers`) and of
the type of its key, and for relationships over columns, that have no foreign key.

## Why is this bad?

Nothing stops a wrong number from being stored, nor the row it points at from being deleted. Joins
then lose rows silently, and the ORM loads None where the code expects an object.

## When to leave it

When the rows outlive what they point at, as in a log, or when the key belongs to another system.
Say so in the column's comment ("no foreign key: …"). Columns named external_, provider_ and the
like, tables that keep history and pairs of object_type and object_id are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe, Unmatched
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"

BAD = ModelsExample(
    code="""
class Supplier(Base):
    __tablename__ = "suppliers"
    id: Mapped[int] = mapped_column(primary_key=True)

class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(index=True)
""",
    claims=("accepts_bad_row",),
    object="products.supplier_id",
)
BAD_RELATIONSHIP = ModelsExample(
    code="""
class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)

class Letter(Base):
    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    reader: Mapped[int] = mapped_column(index=True)
    account: Mapped[Account] = relationship(
        primaryjoin="foreign(Letter.reader) == Account.id"
    )
""",
    claims=("accepts_bad_row",),
    object="letters.reader",
)
GOOD = ModelsExample(
    code="""
class Supplier(Base):
    __tablename__ = "suppliers"
    id: Mapped[int] = mapped_column(primary_key=True)

class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
""",
)
GOOD_THEIRS = ModelsExample(
    code="""
class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    provider_payment_id: Mapped[str] = mapped_column(String(80), unique=True)

class AuditEvent(Base):
    __tablename__ = "audit_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int]

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(comment="no foreign key: payments are archived")
    payment_type: Mapped[str]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each column that holds another table's keys without a foreign key."""
    linked = _linked(mapping)
    severity = None if any(table.foreign_keys for table in mapping.schema.tables) else "warning"
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        held = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            if column.name in held:
                continue
            target = linked.get((table.key, column.name)) or _named(mapping, table, column)
            if target is not None and not _is_free(mapping, table, column):
                yield _finding(mapping, table, column, target, severity)


def _linked(mapping: Mapping) -> dict[tuple[str, str], str]:
    """The columns that a many-to-one relationship joins with the key of its target."""
    found: dict[tuple[str, str], str] = {}
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            target = mapping.schema.table(relationship.target_table)
            single = len(relationship.pairs) == 1 and not relationship.viewonly
            if relationship.direction != "MANYTOONE" or not single or target is None:
                continue
            local, remote = relationship.pairs[0]
            if _is_key(target, remote) and not relationship.inherited:
                found[mapper.table, local] = target.key
    return found


def _named(mapping: Mapping, table: Table, column: Column) -> str | None:
    """The table that a column `supplier_id` is named after, if its key has the column's type."""
    base, _, suffix = column.name.rpartition("_")
    if not base or suffix not in ("id", "uuid", "uid") or model_words.keeps_history(table.name):
        return None
    prefix = f"{table.schema}." if table.schema else ""
    for name in model_words.table_names(base):
        target = mapping.schema.table(f"{prefix}{name}")
        if target is None or target.key == table.key or target.kind != "table":
            continue
        names = target.primary_key.columns if target.primary_key else ()
        key = target.column(names[0]) if len(names) == 1 else None
        same = key and model_types.bare(key.type) == model_types.bare(column.type)
        if key and same and key.name in (suffix, column.name):
            return target.key
    return None


def _is_key(table: Table, column: str) -> bool:
    return table.primary_key is not None and table.primary_key.columns == (column,)


def _is_free(mapping: Mapping, table: Table, column: Column) -> bool:
    """Whether the column is a key, someone else's, half of a type and id pair, or explained."""
    if table.primary_key and column.name in table.primary_key.columns[:1]:
        return True
    if column.comment or model_words.is_external(column.name):
        return True
    base = column.name.rpartition("_")[0]
    if table.column(f"{base}_type") or table.column(f"{base}_kind"):
        return True
    said = models.comment_at(mapping, mapping.place_of(table, column.name)).lower()
    return "foreign key" in said or "outlive" in said


def _finding(
    mapping: Mapping, table: Table, column: Column, target: str, severity: str | None
) -> Finding:
    probe = RowProbe(table.key, ({column.name: Unmatched()},))
    return Finding(
        message=f"it may point at a row of {target} that does not exist",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        severity="warning" if severity else None,
        details={"table": table.key, "column": column.name, "target": target},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the foreign key, added NOT VALID and validated later, with its index."""
    table, column, target = (finding.details[name] for name in ("table", "column", "target"))
    found, referred = mapping.schema.table(table), mapping.schema.table(target)
    key = referred.primary_key.columns[0] if referred and referred.primary_key else "id"
    nullable = bool(found and (item := found.column(column)) and item.nullable)
    action = "SET NULL" if nullable else "RESTRICT"
    element = f'ForeignKey("{target}.{key}", ondelete="{action}")'
    draft = Draft(mapping).argument(finding.location, element).imports(
        finding.location, "sqlalchemy", "ForeignKey"
    )  # fmt: skip
    name = f"{table.rpartition('.')[2]}_{column}_fkey"
    migration = model_migrations.foreign_key(
        mapping, name, table, [column], target, [key], on_delete=action
    )
    if found and not found.has_index_leading_with((column,)):
        draft = draft.keyword(finding.location, "index", "True")
        index = f"ix_{table.replace('.', '_')}_{column}"
        migration = f"{model_migrations.create_index(index, table, [column])}\n{migration}"
    fix = draft.fix(
        f"let the database keep {column} right",
        otherwise=f"{column} = mapped_column({element}, index=True)",
        migration=migration,
    )
    return Advice(
        reason=f"{target} has a key that {column} is named after or joined with",
        fix=fix,
        alternatives=(
            Alternative(
                "leave it free and say why in the column's comment",
                "a nightly query has to look for rows that point at nothing",
            ),
        ),
        risk=Risk(
            "rows that point at nothing make the validation fail, and deletes of "
            f"{target} are refused or set {column} to NULL from then on",
            f"look first: select {column} from {table} t where {column} is not null and not "
            f"exists (select 1 from {target} p where p.{key} = t.{column})",
        ),
        undo=models.undo(fix, f"drop the constraint {name}"),
        tests=f"an INSERT into {table} with an unknown {column} is refused",
        backup="none needed: no row changes; keep those that you repair before the validation",
    )
