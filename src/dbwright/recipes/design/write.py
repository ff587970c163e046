"""A design as Python: one module of models that a person would have written by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

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
    return file(about(plan), "\n".join(_body(plan, aliases)), aliases)


def file(
    what: str,
    body: str,
    aliases: dict[str, str],
    own: Sequence[str] = (),
    checked: Sequence[str] = (),
) -> str:
    """Gives the text of a file: what it is, its imports, its body.

    `own` are the imports from modules beside it, `checked` those that only type checkers follow.
    """
    body = body.strip("\n")
    needs = f"{body}\nTYPE_CHECKING" if checked else body
    lines = [*layout.docstring(what, ""), "", "from __future__ import annotations", ""]
    lines += layout.imports(needs, aliases, homes={"TYPE_CHECKING": "typing"})
    lines += own
    lines += ["", "if TYPE_CHECKING:", *checked] if checked else []
    head = "\n".join(lines).rstrip("\n")
    gap = "\n\n\n" if body.startswith(("class ", "@")) else "\n\n"
    return f"{head}{gap}{body}\n"


def taken(plan: Plan) -> dict[str, str]:
    """Gives other names for what is imported, where a class of the domain has the name."""
    classes = {table.cls for table in plan} | {
        choice.name for table in plan for choice in table.choices
    }
    return {name: f"SA{name}" for name in layout.HOMES if name in classes}


def about(plan: Plan) -> str:
    """Gives what the domain is, as a docstring says it."""
    domain = plan.brief.domain.strip().rstrip(".")
    if domain:
        return f"Models of {domain}"
    listed = [table.name.replace("_", " ") for table in plan]
    return f"Models: {', '.join(listed[:6])}{' and others' if len(listed) > 6 else ''}"


def _body(plan: Plan, aliases: dict[str, str]) -> Iterator[str]:
    classes = ["\n".join(table_lines(plan, table, aliases)) for table in in_order(plan)]
    yield from base_lines(plan, "\n".join(classes), aliases)
    yield from classes
    for pair in plan.associations:
        yield from ["", "", *write_table.association_lines(plan, pair, "Base", aliases)]
    yield from extensions(plan)
    yield from partitions(plan)


def base_lines(plan: Plan, text: str, aliases: dict[str, str]) -> Iterator[str]:
    """Gives what all classes stand on, as far as their text needs it."""
    if "(BigInt," in text or "(BigInt)" in text:
        yield from (layout.renamed(line, aliases) for line in BIG)
        yield ""
        yield ""
    yield from _base(plan, text, aliases)
    if "Timestamped" in text:
        yield from ["", "", layout.renamed(TIMESTAMPED, aliases)]
    if "AppendOnly" in text:
        yield from ["", "", layout.renamed(APPEND_ONLY, aliases)]


def table_lines(plan: Plan, table: Table, aliases: dict[str, str]) -> Iterator[str]:
    """Gives the class of a table behind the enums of its value sets."""
    for choice in table.choices:
        yield from ["", "", *write_table.choice_lines(choice, aliases)]
    yield from ["", "", *write_table.class_lines(plan, table, "Base", aliases)]


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
    yield f"class Base({aliases.get('DeclarativeBase', 'DeclarativeBase')}):"
    yield '    """What all models share: names of constraints, and types by annotation."""'
    yield ""
    yield layout_renamed(CONVENTION, aliases)
    entries = []
    for python, sql in ANNOTATIONS.items():
        if sql and (
            f"[{layout.renamed(python, aliases)}" in text
            or ("Timestamped" in text and python == "dt.datetime")
        ):
            entries.append(layout.renamed(f"{python}: {sql}", aliases))
    if any(table.choices for table in plan):
        entries.append(layout.renamed(f"StrEnum: {ENUM}", aliases))
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


def extensions(plan: Plan, base: str = "Base") -> Iterator[str]:
    """Gives what makes the extensions that the tables need."""
    for name in plan.extensions:
        sql = f"CREATE EXTENSION IF NOT EXISTS {name}"
        yield from _run(plan, f"{base}.metadata", "before_create", f"_make_{name}", sql)


def partitions(plan: Plan, tables: Collection[str] | None = None) -> Iterator[str]:
    """Gives what makes the first partitions, of these tables alone."""
    for table, partition in plan.statements:
        if tables is not None and table not in tables:
            continue
        cls = next(found.cls for found in plan if found.name == table)
        sql = write_table.partition(plan, table, partition)
        doc = "Rows of a month without a partition of its own go here."
        yield from _run(plan, f"{cls}.__table__", "after_create", f"_make_{partition}", sql, doc)


def _run(
    plan: Plan, target: str, moment: str, function: str, sql: str, doc: str = ""
) -> Iterator[str]:
    """A statement that create_all runs as well, on PostgreSQL only."""
    connection = taken(plan).get("Connection", "Connection")
    yield from ["", ""]
    yield from layout.call("@event.listens_for", [target, f'"{moment}"'])
    arguments = ["_: object", f"connection: {connection}", "**__: object"]
    yield from layout.call(f"def {function}", arguments, tail=" -> None:")
    yield from layout.docstring(doc, "    ") if doc else ()
    yield '    if connection.dialect.name == "postgresql":'
    yield from layout.call("connection.execute", [f"text({write_table.sql_text(sql)})"], "        ")
