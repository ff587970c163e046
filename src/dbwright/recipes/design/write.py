"""A design as Python: one module of models that a person would have written by hand."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.recipes.design import layout, write_table
from dbwright.recipes.design.parts import Plan, Table
from dbwright.recipes.design.types import ANNOTATIONS

CONVENTION = """
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
""".strip("\n")
BIG = [
    'BigInt = BigInteger().with_variant(Integer, "sqlite")',
    '"""A bigint that counts up everywhere: SQLite does so for INTEGER keys only."""',
]
ENUM = "Enum(StrEnum, native_enum=False, create_constraint=True, values_callable=list)"
TIMESTAMPED = '''
class Timestamped:
    """When a row was made, and when it was last changed."""

    created_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), sort_order=100
    )
    updated_at: Mapped[dt.datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=101
    )
'''.strip("\n")
APPEND_ONLY = '''
class AppendOnly:
    """Rows that are written once and never changed or deleted."""


@event.listens_for(AppendOnly, "before_update", propagate=True)
def _refuse_update(
    mapper: Mapper[Any], connection: Connection, target: AppendOnly
) -> None:
    session = object_session(target)
    if session is not None and session.is_modified(target, include_collections=False):
        raise ValueError(f"{type(target).__name__} is never changed once written")


@event.listens_for(AppendOnly, "before_delete", propagate=True)
def _refuse_delete(
    mapper: Mapper[Any], connection: Connection, target: AppendOnly
) -> None:
    raise ValueError(f"{type(target).__name__} is never deleted")
'''.strip("\n")


def module(plan: Plan) -> str:
    """Gives the text of one module that holds all models."""
    aliases = taken(plan)
    body = "\n".join(_body(plan, aliases))
    head = [*docstring(plan), "", "from __future__ import annotations", ""]
    lines = [*head, *layout.imports(body, aliases)]
    gap = "\n\n" if body.startswith("class ") else "\n"
    return "\n".join(lines) + gap + _spaced(body)


def taken(plan: Plan) -> dict[str, str]:
    """Gives other names for what is imported, where a class of the domain has the name."""
    classes = {table.cls for table in plan} | {
        choice.name for table in plan for choice in table.choices
    }
    return {name: f"SA{name}" for name in layout.HOMES if name in classes}


def _spaced(body: str) -> str:
    return body.strip("\n") + "\n"


def docstring(plan: Plan) -> list[str]:
    """Gives the docstring of the module: what the domain is."""
    domain = plan.brief.domain.strip().rstrip(".")
    text = f"Models of {domain}" if domain else "Models"
    if not domain:
        listed = [table.name.replace("_", " ") for table in plan]
        text = f"Models: {', '.join(listed[:6])}{' and others' if len(listed) > 6 else ''}"
    return layout.docstring(text, "")


def _body(plan: Plan, aliases: dict[str, str]) -> Iterator[str]:
    classes = [
        "\n".join(write_table.class_lines(plan, table, "Base", aliases)) for table in in_order(plan)
    ]
    text = "\n".join(classes)
    if "(BigInt," in text or "(BigInt)" in text:
        yield from BIG
        yield ""
        yield ""
    yield from _base(plan, text, aliases)
    if "Timestamped" in text:
        yield from ["", "", TIMESTAMPED]
    if "AppendOnly" in text:
        yield from ["", "", APPEND_ONLY]
    for table, code in zip(in_order(plan), classes, strict=True):
        for choice in table.choices:
            yield from ["", "", *write_table.choice_lines(choice)]
        yield from ["", "", code]
    for pair in plan.associations:
        yield from ["", "", *write_table.association_lines(plan, pair, "Base", aliases)]
    yield from statements(plan)


def in_order(plan: Plan) -> list[Table]:
    """Gives a class behind the one that it derives from, else as the brief has them."""
    found: list[Table] = []

    def place(table: Table) -> None:
        if table.entity.kind_of:
            place(plan.table(table.entity.kind_of))
        if table not in found:
            found.append(table)

    for table in plan:
        place(table)
    return found


def _base(plan: Plan, text: str, aliases: dict[str, str]) -> Iterator[str]:
    yield "class Base(DeclarativeBase):"
    yield '    """What all models share: names of constraints, and types by annotation."""'
    yield ""
    yield layout_renamed(CONVENTION, aliases)
    entries = []
    for python, sql in ANNOTATIONS.items():
        if sql and (f"[{python}" in text or ("Timestamped" in text and python == "dt.datetime")):
            entries.append(f"{python}: {layout.renamed(sql, aliases)}")
    if any(table.choices for table in plan):
        entries.append(f"StrEnum: {layout.renamed(ENUM, aliases)}")
    if entries:
        yield "    type_annotation_map = {"
        for entry in entries:
            yield from _entry(entry)
        yield "    }"


def _entry(entry: str) -> Iterator[str]:
    key, _, value = entry.partition(": ")
    if len(entry) + 9 <= layout.WIDTH:
        yield f"        {entry},"
        return
    broken = layout.exploded(value, "        ", "")
    yield f"        {key}: {broken[0].strip()}"
    yield from broken[1:]


def layout_renamed(text: str, aliases: dict[str, str]) -> str:
    """Gives the naming convention with MetaData under its other name, where it has one."""
    return text.replace("MetaData(", f"{aliases.get('MetaData', 'MetaData')}(")


def statements(plan: Plan, base: str = "Base") -> Iterator[str]:
    """Gives what SQLAlchemy does not declare: extensions, and partitions."""
    for extension in plan.extensions:
        sql = f"CREATE EXTENSION IF NOT EXISTS {extension}"
        yield from ["", ""]
        yield "event.listen("
        yield f"    {base}.metadata,"
        yield '    "before_create",'
        yield f'    DDL("{sql}").execute_if(dialect="postgresql"),'
        yield ")"
    for table, partition in plan.statements:
        cls = next(found.cls for found in plan if found.name == table)
        yield from ["", ""]
        yield "# Rows of a month without a partition of its own go here."
        yield "event.listen("
        yield f"    {cls}.__table__,"
        yield '    "after_create",'
        yield from layout.broken(
            f"DDL({layout.string(write_table.partition(plan, table, partition))})"
            '.execute_if(dialect="postgresql")',
            "    ",
        )
        yield ")"
