"""What SQLAlchemy cannot declare, as statements that create_all() and drop_all() run."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.inventory import Ddl
from dbwright.core.schema import Table
from dbwright.recipes.code import wrapped
from dbwright.recipes.reverse.entities import Entity
from dbwright.recipes.reverse.layout import Call, block_literal, call, laid_out, literal
from dbwright.recipes.reverse.writer import Writer

ATTACH = '''
def attach(
    sql: str, *, to: FromClause | None = None, first: bool = False, drop: str = ""
) -> None:
    """Have create_all() run SQL that mappers cannot declare, and drop_all() undo it.

    With `to` it runs when that table is made; `first` is before all tables.
    """

    def create(target: Any, connection: Any, tables: Any = (), **words: Any) -> None:
        if connection.dialect.name in {dialects} and (to is None or to in tables):
            connection.execute(DDL(sql.replace("%", "%%")))

    def undo(target: Any, connection: Any, **words: Any) -> None:
        if connection.dialect.name in {dialects}:
            connection.execute(DDL(drop.replace("%", "%%")))

    event.listen({base}.metadata, "before_create" if first else "after_create", create)
    if drop:  # what was made last goes first
        moment = "after_drop" if first else "before_drop"
        event.listen({base}.metadata, moment, undo, insert=True)
'''
_NATIVE = (
    "counter",
    "index",
    "constraint",
    "comment",
    "unlogged",
    "inherits",
)
_LEFT = ("sequence", "table options")


def attach_function(writer: Writer) -> str:
    """Gives the function of the module that attaches statements."""
    for module, name in (
        ("typing", "Any"),
        ("sqlalchemy", "DDL"),
        ("sqlalchemy", "FromClause"),
        ("sqlalchemy", "event"),
    ):
        writer.imports.use(module, name)
    text = ATTACH.strip("\n")
    for module, name in (("sqlalchemy", "DDL"), ("sqlalchemy", "FromClause"), ("typing", "Any")):
        text = _renamed(text, name, writer.imports.use(module, name))
    text = text.replace("event.listen", f"{writer.imports.use('sqlalchemy', 'event')}.listen")
    names = f"{{{', '.join(map(literal, writer.dialect.SQLALCHEMY_NAMES))}}}"
    return text.replace("{dialects}", names).replace("{base}", writer.base)


def _renamed(text: str, name: str, local: str) -> str:
    return (
        text
        if name == local
        else text.replace(f" {name}", f" {local}").replace(f"({name}(", f"({local}(")
    )


def first(writer: Writer) -> list[Ddl]:
    """Gives the statements that run before all tables: schemas, extensions, types, functions."""
    found = [each for each in writer.inventory.objects if each.moment == "before" and each.sql]
    return [each for each in found if each.value not in writer.named]


def after(writer: Writer) -> list[Ddl]:
    """Gives the statements that run when the tables are there."""
    found = []
    for each in writer.inventory.objects:
        if not each.sql or each.moment == "before" or each.kind in _LEFT:
            continue
        if each.moment == "part" and each.kind in _NATIVE and _declared(each, writer):
            continue
        found.append(each)
    return sorted(found, key=lambda each: each.kind == "comment")


def _declared(each: Ddl, writer: Writer) -> bool:
    """Whether the mappers declare what belongs to a table."""
    entity = writer.by_key.get(each.table or "")
    if entity is None or entity.is_view:
        return False
    if each.key in writer.kept:
        return False
    if each.kind == "counter":
        details = writer.inventory.details.get((each.table or "", each.name), {})
        return details.get("sequence") not in writer.sequences
    return each.kind not in ("index", "constraint") or _has(entity.table, each)


def _has(table: Table, each: Ddl) -> bool:
    if each.kind == "index":
        return any(index.name == each.name and index.valid for index in table.indexes)
    return not any(found.name == each.name and not found.validated for found in table.checks)


def attached(statements: list[Ddl], writer: Writer, *, early: bool) -> str:
    """Gives the calls that attach them, in their order."""
    return "\n".join(laid_out(each) for each in _calls(statements, writer, early))


def _calls(statements: list[Ddl], writer: Writer, early: bool) -> Iterator[Call]:
    for each in statements:
        sql = wrapped(each.sql) if writer.dialect.REPRINTS else each.sql
        words = [block_literal(sql)]
        entity = writer.by_key.get(each.table or "")
        if entity is not None and not entity.is_view:
            words.append(f"to={_made(entity, writer)}")
        elif parent := _parent(each, writer):
            words.append(f"to={parent}")
        words += ["first=True"] if early else []
        words += [f"drop={block_literal(each.drop)}"] if each.drop else []
        yield call(writer.own("attach"), *words)


def _made(entity: Entity, writer: Writer) -> str:
    """Gives the code of the table that an entity is."""
    name = writer.own(entity.name)
    return f"{name}.__table__" if entity.is_class else name


def _parent(each: Ddl, writer: Writer) -> str | None:
    """Gives the table whose partition an object is, or belongs to."""
    schema = writer.inventory.schema
    table = schema.table(each.table or each.name if each.kind in _OF_PARTITIONS else "")
    while table is not None and table.kind == "partition":
        table = schema.table(str(table.info.get("partition_of")))
    if table is None or table.key not in writer.by_key:
        return None
    entity = writer.by_key[table.key]
    return None if entity.is_view else _made(entity, writer)


_OF_PARTITIONS = ("partition", "index", "constraint", "trigger", "storage parameters", "policy",
                  "row security", "column options")  # fmt: skip
