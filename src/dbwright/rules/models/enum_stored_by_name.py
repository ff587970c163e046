"""The database is told an enum's values while SQLAlchemy stores the names of its members.

## What it does

Looks for `Enum(SomeClass)` without values_callable whose default in the database, CHECK or index
condition uses the value of a member ("web") where its name ("WEB") is stored.

## Why is this bad?

SQLAlchemy stores the name. A row that takes the default gets a text that loading does not know
(LookupError), or that PostgreSQL's type does not have; a CHECK or a partial index speaks of rows
that there are none of.

## When to leave it

Never; enums whose names and values agree, or that the database is told by name, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"
VALUES = "lambda kind: [member.value for member in kind]"

BAD = ModelsExample(
    code="""
class Channel(enum.Enum):
    WEB = "web"
    PHONE = "phone"

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(
        Enum(Channel, native_enum=False, length=10), server_default="web"
    )
""",
    claims=("stores_wrong_value",),
    object="orders.channel",
)
BAD_CHECK = ModelsExample(
    code="""
class Channel(enum.Enum):
    WEB = "web"
    PHONE = "phone"

class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("channel <> 'web' or address is not null", name="ck_orders_address"),
    )
    id = Column(Integer, primary_key=True)
    channel = Column(Enum(Channel, native_enum=False, length=10), nullable=False)
    address = Column(String(80))
""",
    claims=("stores_wrong_value",),
    object="orders.channel",
)
GOOD = ModelsExample(
    code="""
class Channel(enum.Enum):
    WEB = "web"
    PHONE = "phone"

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(
        Enum(Channel, name="channel", values_callable=lambda kind: [one.value for one in kind]),
        server_default="web",
    )
    former: Mapped[Channel] = mapped_column(
        Enum(Channel, native_enum=False, length=10), server_default="WEB"
    )
    source: Mapped[Optional[Channel]] = mapped_column(Enum(Channel, native_enum=False, length=10))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each enum of which the database knows the values and not the names."""
    for mapper in mapping.mappers:
        table = mapping.schema.table(mapper.table)
        for attribute in mapper.attributes:
            column = table.column(attribute.column) if table else None
            if table is None or column is None or attribute.inherited:
                continue
            told = _told(table, column, _values(attribute))
            if told is not None:
                yield _finding(mapper, attribute, *told)


def _values(attribute: Attribute) -> set[str]:
    """The values that are stored as another text; none where values are what is stored."""
    members = attribute.type.enum_members
    stored = set(attribute.type.enum_values)
    if not members or stored != {name for name, _ in members}:
        return set()
    return {value for name, value in members if value != name and value not in stored}


def _told(table: Table, column: Column, values: set[str]) -> tuple[str, str] | None:
    """The value that the database is told, and where: default, CHECK or index."""
    default = (column.default or "").partition("::")[0].strip("'")
    if default in values:
        return default, "default"
    texts = [(one.expression, "CHECK") for one in table.checks]
    texts += [(one.predicate, "index condition") for one in table.indexes if one.predicate]
    for text, what in texts:
        if column.name in text:
            for value in sorted(values):
                if f"'{value}'" in text:
                    return value, what
    return None


def _finding(mapper: Mapper, attribute: Attribute, value: str, what: str) -> Finding:
    name = next(name for name, text in attribute.type.enum_members if text == value)
    probe = MapperProbe(
        "stored_otherwise",
        mapper=mapper.qualified,
        attribute=attribute.name,
        arguments={"text": value},
    )
    claim = Claim("stores_wrong_value", attribute.table, column=attribute.column, probe=probe)
    return Finding(
        message=f"its {what} says '{value}', but SQLAlchemy stores and reads '{name}'",
        location=Location.at(attribute.place, f"{attribute.table}.{attribute.column}"),
        claims=(claim,),
        details={
            "name": name,
            "value": value,
            "default": what == "default",
            "class": attribute.type.enum_class,
            "column": attribute.column,
        },
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the default by name, or values_callable where conditions speak of values."""
    details = finding.details
    fix = _default(finding, mapping) if details["default"] else _by_value(finding, mapping)
    return Advice(
        reason="without values_callable an Enum's labels are the names of the class's members",
        fix=fix,
        alternatives=(
            Alternative(
                f"values_callable={VALUES}",
                "the database then holds the values; old rows and the type's labels have to change",
            ),
        ),
        risk=Risk(
            "rows stored so far may hold both spellings",
            f"look first: select {details['column']}, count(*) … group by 1",
        ),
        undo=models.undo(fix, "put the former text back"),
        tests="a row that takes the default is loaded, and conditions find the rows they name",
        backup="none needed: no row changes by the model alone",
    )


def _default(finding: Finding, mapping: Mapping) -> Fix:
    name = finding.details["name"]
    draft = Draft(mapping).keyword(finding.location, "server_default", f'"{name}"')
    table, _, column = (finding.location.object or "").rpartition(".")
    return draft.fix(
        "give the default by the member's name",
        otherwise=f'server_default="{name}"',
        migration=f'op.alter_column("{table}", "{column}", server_default="{name}")',
    )


def _by_value(finding: Finding, mapping: Mapping) -> Fix:
    draft = Draft(mapping).keyword(finding.location, "values_callable", VALUES, ("Enum", "ENUM"))
    table, _, column = (finding.location.object or "").rpartition(".")
    name, value = finding.details["name"], finding.details["value"]
    return draft.fix(
        "store the values",
        otherwise=f"Enum({finding.details['class']}, values_callable={VALUES})",
        migration=f"op.execute(\"UPDATE {table} SET {column} = '{value}' "
        f"WHERE {column} = '{name}'\")  # and so for each member; of a native type: "
        f"ALTER TYPE … RENAME VALUE",
    )
