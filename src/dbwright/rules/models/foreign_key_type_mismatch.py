"""A foreign key has another type than the key it refers to.

## What it does

Compares the type of each foreign key column with the type of the referred column.

## Why is this bad?

An integer that refers to a bigint works until the parent's counter passes 2,147,483,647; from
then on no child can be stored. Types of different families (text and uuid) cannot be linked at
all: CREATE TABLE fails.

## When to leave it

When the parent's key can never pass what the column holds; then make the key smaller instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, ForeignKey, Table
from dbwright.recipes import model_migrations, model_types, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "error"
LARGEST = {2: 32_768, 4: 2_147_483_648}
OLD = ("Integer", "INTEGER", "SmallInteger", "SMALLINT", "BigInteger", "BIGINT", "String", "Text",
       "Uuid", "UUID", "VARCHAR", "TEXT")  # fmt: skip
PYTHON = {
    "bigint": "BigInteger",
    "integer": "Integer",
    "smallint": "SmallInteger",
    "uuid": "Uuid",
    "text": "Text",
}

BAD = ModelsExample(
    code="""
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(Integer, ForeignKey("customers.id"), index=True)
""",
    claims=("refuses_good_row",),
    object="orders.customer_id",
)
GOOD = ModelsExample(
    code="""
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each foreign key column that cannot hold each key of its parent."""
    for table in mapping.schema.tables:
        for foreign_key in table.foreign_keys:
            referred = mapping.schema.table(foreign_key.referred)
            pairs = zip(foreign_key.columns, foreign_key.referred_columns, strict=False)
            for here, there in pairs:
                column, key = table.column(here), referred.column(there) if referred else None
                if column and key and _differ(column.type, key.type):
                    yield _finding(mapping, table, column, foreign_key, key)


def _differ(here: str, there: str) -> bool:
    ours, theirs = model_types.integer_bytes(here), model_types.integer_bytes(there)
    if ours is not None and theirs is not None:
        return ours != theirs
    known = {"integer", "text", "uuid"}
    families = {model_types.family(here), model_types.family(there)}
    return len(families) == 2 and families <= known


def _finding(
    mapping: Mapping, table: Table, column: Column, foreign_key: ForeignKey, key: Column
) -> Finding:
    quoted = '"' if mapping.schema.dialect == "postgresql" else "`"
    ours = model_types.integer_bytes(column.type)
    theirs = model_types.integer_bytes(key.type)
    if ours is not None and theirs is not None and ours > theirs:
        return _wide(mapping, table, column, foreign_key, key)
    if ours is not None and theirs is not None:
        name = f"{quoted}{column.name}{quoted}"
        key_name = f"{quoted}.{quoted}".join(table.key.split("."))
        sql = f"update {quoted}{key_name}{quoted} set {name} = {LARGEST[ours]}"
        claim = Claim(
            "refuses_good_row",
            table.key,
            column=column.name,
            probe=SqlProbe((sql,), "error", "22003"),
        )
        message = f"it is {column.type} but refers to {key.type}: larger keys cannot be stored"
    else:
        statements = (
            f"create temporary table dbwright_parent (k {key.type} primary key)",
            f"create temporary table dbwright_child (k {column.type} references dbwright_parent)",
        )
        claim = Claim(
            "create_fails",
            table.key,
            column=column.name,
            probe=SqlProbe(statements, "error", "42804"),
        )
        message = f"it is {column.type} but refers to {key.type}: the table cannot be created"
    return Finding(
        message=message,
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(claim,),
        details={"table": table.key, "column": column.name, "type": key.type,
                 "key": f"{foreign_key.referred}.{key.name}"},
    )  # fmt: skip


def _wide(
    mapping: Mapping, table: Table, column: Column, foreign_key: ForeignKey, key: Column
) -> Finding:
    """A column that is wider than its key holds every value; MySQL refuses such a key."""
    refused = mapping.schema.dialect != "postgresql"
    effect = "MySQL refuses such a key" if refused else "the parent's keys end first"
    return Finding(
        message=f"it is {column.type} but refers to {key.type}: {effect}",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("create_fails", table.key),) if refused else (),
        severity="error" if refused else "info",
        details={
            "table": table.key,
            "column": column.name,
            "type": key.type,
            "key": f"{foreign_key.referred}.{key.name}",
        },
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the parent's type to the column."""
    table, column, wanted = (finding.details[name] for name in ("table", "column", "type"))
    bare = model_types.bare(wanted)
    python = PYTHON.get(bare, "Text" if model_types.is_text(wanted) else "BigInteger")
    fix = Draft(mapping).column_type(finding.location, OLD, python, python).fix(
        f"give {column} the type of the key",
        otherwise=f"{column} = mapped_column({python}, ForeignKey(…))",
        migration=model_migrations.change_type(
            mapping, table, column, f"sa.{python}()", f"CAST({column} AS {wanted})"
        ),
    )  # fmt: skip
    return Advice(
        reason=f"{finding.details['key']} is {wanted}",
        fix=fix,
        alternatives=(
            Alternative(
                "leave the type out: SQLAlchemy takes the referred column's",
                "the column follows the key when that changes, which a reader has to know",
            ),
        ),
        risk=Risk(
            "changing the type in place rewrites the table under an exclusive lock",
            "the migration adds a second column and changes over in steps",
        ),
        undo=models.undo(fix, "change the type back while every value still fits"),
        tests=f"the types of {table}.{column} and {finding.details['key']} in the catalog agree",
        backup="none needed: the old column stays until every row has the new one",
    )
