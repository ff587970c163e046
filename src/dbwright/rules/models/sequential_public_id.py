"""A counter is the id in web addresses, so anybody can count the rows and try the next one.

## What it does

Looks for routes whose path holds the key of a table (`/orders/{order_id}`, `<int:order_id>`) where
the key counts up and the table has no public id, slug or code beside it.

## Why is this bad?

An order number of today and one of last week tell how many orders there were. Where a check of
rights is missing once, all rows can be read by counting.

## When to leave it

For pages of a closed circle: routes below /admin and /internal are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import (
    model_migrations,
    model_parts,
    model_probes,
    model_routes,
    model_types,
    model_words,
    models,
)
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "info"
PUBLIC = {"code", "guid", "handle", "hash", "hashid", "public", "slug", "token", "ulid", "uuid"}

BAD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(String(200))

class Router:
    def get(self, path: str):
        return lambda function: function

app = Router()

@app.get("/orders/{order_id}")
def show(order_id: int) -> Any:
    return order_id
""",
    claims=("counts_up",),
    object="orders.id",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)

class Report(Base):
    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)

class Router:
    def get(self, path: str):
        return lambda function: function

app = Router()

@app.get("/orders/{order_id}")
def show(order_id: uuid.UUID) -> Any:
    return order_id

@app.get("/admin/reports/{report_id}")
def report(report_id: int) -> Any:
    return report_id
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each counted key that stands in a path."""
    routes = model_routes.keys(mapping.sources)
    for name, place in sorted(routes.items()) if routes else ():
        base = name.removesuffix("_id")
        for table in mapping.schema.tables:
            if table.name in model_words.table_names(base) and _is_counted(table):
                yield _finding(mapping, table, name, place)


def _is_counted(table: Table) -> bool:
    key = table.primary_key.columns if table.primary_key else ()
    column = table.column(key[0]) if len(key) == 1 else None
    if column is None or model_types.integer_bytes(column.type) is None:
        return False
    others = [one for one in table.columns if one is not column]
    public = any(
        one.type == "uuid" or PUBLIC.intersection(model_words.words(one.name)) for one in others
    )
    return bool(column.default or column.identity) and not public


def _finding(mapping: Mapping, table: Table, name: str, place: Place) -> Finding:
    key = table.primary_key.columns[0] if table.primary_key else "id"
    _, quoted = model_probes.quoted(mapping.schema.dialect, key, table.key)
    probe = SqlProbe((f"select pg_get_serial_sequence('{quoted}', '{key}') is not null",), "true")
    where = f"{place.file}:{place.line}"
    return Finding(
        message=f"{where} shows it in web addresses: rows can be counted and guessed",
        location=Location.at(mapping.place_of(table, key), f"{table.key}.{key}"),
        claims=(Claim("counts_up", table.key, column=key, probe=probe),),
        evidence=(where,),
        details={"table": table.key},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a public id beside the key."""
    table = finding.details["table"]
    mappers = mapping.mappers_of(table)
    statement = "public_id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)"
    draft = Draft(mapping)
    owner = mappers[0].name if mappers else ""
    place = finding.location
    draft = draft.change(place, lambda text: model_parts.add_column(text, owner, statement))
    draft = draft.imports(place, "uuid")
    bare = table.rpartition(".")[2]
    fix = draft.fix(
        "give the rows a name that tells nothing",
        otherwise=statement,
        migration=f'op.add_column("{bare}", sa.Column("public_id", sa.Uuid()))\n'
        f'op.alter_column("{bare}", "public_id", server_default=sa.text("gen_random_uuid()"))\n'
        + model_migrations.not_null(mapping, table, "public_id", "gen_random_uuid()")
        + "\n"
        + model_migrations.unique_from_index(mapping, f"uq_{bare}_public_id", table, ["public_id"]),
    )
    return Advice(
        reason="the key can stay small and ordered inside while the outside sees a random one",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the counter, and check the rights on every route",
                "how many rows there are stays visible",
            ),
        ),
        risk=Risk(
            "addresses that people have kept stop working",
            "let the old route redirect for some time, with its check of rights",
        ),
        undo=models.undo(fix, f"drop {table}.public_id"),
        tests="the route finds a row by its public id and answers 404 to a number",
        backup="none needed: a column is added",
    )
