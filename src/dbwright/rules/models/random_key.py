"""New keys are random, so each INSERT writes to another page of the index.

## What it does

Looks for primary keys with a random UUID as their default (`uuid.uuid4`, `gen_random_uuid()`). It
is a remark; with `--sizes` it is a warning from ten million rows on, and nothing below a hundred
thousand.

## Why is this bad?

Keys in order go to the last page of the index, which is in memory. Random ones go to any page:
once the index no longer fits into memory each INSERT reads and writes a page of its own, and the
write-ahead log gets the whole page after each checkpoint.

## When to leave it

In tables that stay small, and where keys must not tell when their row was made.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column
from dbwright.recipes import model_parts, model_weight, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"
FEW, MANY = 100_000, 10_000_000
RANDOM = ("gen_random_uuid()", "uuid_generate_v4()", "uuidv4()")

UUID7 = '''def uuid7() -> uuid.UUID:
    """Gives a UUID of version 7: the time in milliseconds, then chance."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)'''

BAD = ModelsExample(
    code="""
class Event(Base):
    __tablename__ = "events"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
""",
    claims=("unordered_keys",),
    object="events.id",
)
BAD_SERVER = ModelsExample(
    code="""
class Event(Base):
    __tablename__ = "events"
    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=text("gen_random_uuid()")
    )
""",
    claims=("unordered_keys",),
    object="events.id",
)
GOOD = ModelsExample(
    code="""
class Event(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each primary key whose values come in no order."""
    for mapper in mapping.mappers:
        table = mapping.schema.table(mapper.table)
        key = table.primary_key.columns if table and table.primary_key else ()
        attribute = mapper.attribute_of(key[0]) if len(key) == 1 else None
        column = table.column(key[0]) if table and attribute else None
        if column is None or attribute is None or mapper.inherits is not None:
            continue
        severity = _severity(mapping, mapper.table)
        if severity is not None and (_python(attribute) or _server(column)):
            yield _finding(mapping, mapper, attribute, column, severity)


def _python(attribute: Attribute) -> bool:
    default = attribute.default
    return default is not None and default.value.rpartition(".")[2] == "uuid4"


def _server(column: Column) -> str | None:
    text = (column.default or "").lower()
    return next((name for name in RANDOM if name in text), None)


def _severity(mapping: Mapping, table: str) -> Severity | None:
    rows = mapping.rows.get(table)
    if rows is None:
        return "info"
    if rows < FEW:
        return None
    return "warning" if rows >= MANY else "info"


def _finding(
    mapping: Mapping, mapper: Mapper, attribute: Attribute, column: Column, severity: Severity
) -> Finding:
    made = _server(column)
    probe: MapperProbe | SqlProbe
    if _python(attribute) or made is None:
        probe = MapperProbe("default_unordered", mapper=mapper.qualified, attribute=attribute.name)
    else:
        probe = SqlProbe(
            (
                "select bool_or(id < before) from (select id, lag(id) over (order by i) as before "
                f"from (select {made} id, i from generate_series(1, 64) i) made) compared",
            )
        )
    table = mapper.table
    return Finding(
        message="each new key sorts anywhere among the old ones, so INSERTs write all over the "
        "index",
        location=Location.at(attribute.place, f"{table}.{column.name}"),
        claims=(Claim("unordered_keys", table, column=column.name, probe=probe),),
        severity=severity,
        evidence=model_weight.evidence(mapping, table),
        details={"table": table, "column": column.name, "server": made,
                 "mapper": mapper.name},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a UUID that begins with the time, made in Python."""
    column, place = finding.details["column"], finding.location
    owner = finding.details["mapper"]
    draft = Draft(mapping)
    if finding.details["server"]:
        draft = draft.keyword(place, "server_default", None)
    draft = draft.keyword(place, "default", "uuid7")
    draft = draft.change(
        Location(file=place.file, line=0),
        lambda text: model_parts.insert_before_class(text, owner, UUID7),
    )
    draft = draft.imports(place, "secrets").imports(place, "time").imports(place, "uuid")
    code = f"{UUID7}\n\n{column} = mapped_column(primary_key=True, default=uuid7)"
    fix = draft.fix("make keys that grow", otherwise=code)
    return Advice(
        reason="UUIDs of version 7 begin with the time, so new ones sort behind the old ones",
        fix=fix,
        alternatives=(
            Alternative(
                "BigInteger with Identity() as the key, and a random public_id with a UNIQUE",
                "half the size in each foreign key; one more index",
            ),
            Alternative(
                "server_default=text('uuidv7()') on PostgreSQL 18, uuid.uuid7 on Python 3.14",
                "no function of your own",
            ),
        ),
        risk=Risk(
            "a key then tells when its row was made",
            "keep the random one where that is a secret; old keys stay as they are",
        ),
        undo=models.undo(fix, "put the former default back; keys made meanwhile stay"),
        tests="of a hundred new keys each sorts behind the one before",
        backup="none needed: no row changes",
    )
