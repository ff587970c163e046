"""A default is called once, at import, so that every row gets the same value.

## What it does

Looks for `default=` and `onupdate=` whose value is the result of a call such as
`datetime.utcnow()`, `uuid4()` or `token_hex()`, instead of the function itself.

## Why is this bad?

Each row gets the time at which the program started, or one and the same id or token. It looks
right in a test, which runs right after the start.

## When to leave it

Never, when a value per row is meant. A constant such as `datetime(1970, 1, 1)` is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_defaults, model_syntax, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"
CALLS = ("mapped_column", "Column", "Field")
FIXED = {"datetime", "date", "fromisoformat", "strptime", "fromtimestamp", "combine"}
MOVING = {
    "choice", "choices", "getrandbits", "gmtime", "hex", "localtime", "monotonic", "now",
    "perf_counter", "randbelow", "randint", "random", "time", "time_ns", "today", "token_bytes",
    "token_hex", "token_urlsafe", "urandom", "utcnow", "uuid1", "uuid4", "uuid6", "uuid7",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4())
""",
    claims=("repeats_value",),
    object="orders.number",
)
BAD_AWARE = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), default=datetime.datetime.now(timezone.utc)
    )
""",
    claims=("repeats_value",),
    object="orders.placed_at",
)
BAD_TABLE = ModelsExample(
    code="""
class Order(Base):
    __table__ = Table(
        "orders",
        Base.metadata,
        Column("id", Integer, primary_key=True),
        Column("number", Uuid, default=uuid.uuid4()),
    )
    number: Mapped[uuid.UUID]
""",
    claims=("repeats_value",),
    object="orders.number",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    placed_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.datetime.now(timezone.utc)
    )
    since: Mapped[datetime.date] = mapped_column(default=datetime.date(1970, 1, 1))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each default that was a call; once for all heirs of a mixin."""
    told: set[Place] = set()
    for mapper in mapping.mappers:
        for attribute in mapper.attributes:
            place = _declared(mapping, attribute)
            if place is None or place in told:
                continue
            told.add(place)
            for keyword in ("default", "onupdate"):
                default = getattr(attribute, keyword)
                if default is None or default.kind != "scalar":
                    continue
                function = _called(mapping, attribute, place, keyword)
                if function:
                    yield _finding(mapper, attribute, place, keyword, function)


def _declared(mapping: Mapping, attribute: Attribute) -> Place | None:
    """Where the column's call stands: in a Table() it is not where the class names it."""
    table = mapping.schema.table(attribute.table or "")
    own = mapping.place_of(table, attribute.column) if table and attribute.column else None
    return own or attribute.place


def _called(mapping: Mapping, attribute: Attribute, place: Place, keyword: str) -> str | None:
    """The function whose result is the default: `datetime.utcnow`."""
    default = getattr(attribute, keyword)
    moment = default is not None and default.type == "datetime"
    call = models.call_at(mapping, place, *CALLS)
    value = model_syntax.keyword(call, keyword)
    for node in ast.walk(value) if isinstance(value, ast.Call) else ():
        if isinstance(node, ast.Call):
            name = model_syntax.dotted(node.func)
            if name.startswith("func."):
                continue
            last = name.rpartition(".")[2]
            # a moment that a function of the user's gave is the moment of the import as well
            own = node is value and moment and last not in FIXED
            if last in MOVING or own:
                return name
    return None


def _finding(
    mapper: Mapper, attribute: Attribute, place: Place, keyword: str, function: str
) -> Finding:
    probe = MapperProbe("default_repeats", mapper=mapper.qualified, attribute=attribute.name)
    name = f"{attribute.table}.{attribute.column}"
    claim = Claim("repeats_value", attribute.table, column=attribute.column, probe=probe)
    return Finding(
        message=f"{function}() was called once, at import: every row gets the same value",
        location=Location.at(place, name),
        claims=(claim,) if keyword == "default" else (),
        details={"attribute": attribute.name, "keyword": keyword, "function": function,
                 "table": attribute.table},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the function itself, or a lambda around a call that has arguments."""
    keyword, function = finding.details["keyword"], finding.details["function"]
    fix = (
        Draft(mapping)
        .called_later(finding.location, keyword, model_defaults.called_later)
        .fix("call it for each row", otherwise=f"{keyword}={function}")
    )
    return Advice(
        reason=f"{keyword}= takes a function to call for each row, or a value to use for all",
        fix=fix,
        alternatives=(
            Alternative(
                "a default of the database: server_default=func.now() or gen_random_uuid()",
                "raw SQL gets it as well; the value is known after the INSERT only",
            ),
        ),
        risk=Risk(
            "the rows stored so far keep the wrong value",
            f"they all share it, so that they can be found: group {finding.details['table']} by "
            "the column",
        ),
        undo=models.undo(fix, "put the call back"),
        tests="two INSERTs get two different values",
        backup="none needed: no row changes",
    )
