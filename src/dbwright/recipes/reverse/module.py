"""The module of models: enums, sequences, classes, tables, views, and what stays SQL."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from dbwright.core.declared import Declared
from dbwright.core.identifiers import spelled
from dbwright.core.inventory import Ddl, Inventory
from dbwright.core.schema import EnumType
from dbwright.recipes.reverse import arguments, fields, identifiers, relations, statements
from dbwright.recipes.reverse.entities import Entity
from dbwright.recipes.reverse.layout import Call, call, laid_out, literal
from dbwright.recipes.reverse.writer import Key, Writer

_DATABASE_TYPE = '''
class DatabaseType(UserDefinedType[Any]):
    """A type of the database that SQLAlchemy has no name for, in the database's own words."""

    cache_ok = True

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling

    def get_col_spec(self, **words: Any) -> str:
        return self.spelling
'''
_VALUES = '''
def values(kind: type[enum.Enum]) -> list[str]:
    """Give the labels that the database keeps, which are the values of the members."""
    return [member.value for member in kind]
'''


@dataclass(frozen=True, slots=True)
class Written:
    """A module of models: its source, and what is in it; `kept` are the kinds that stay SQL."""

    code: str
    classes: int
    relationships: int
    cascades: int
    kept: tuple[str, ...] = ()


def module(inventory: Inventory, kept: Set[Key] = frozenset()) -> Written:
    """Gives the source of one module that declares all of a database.

    `kept` are the keys of constraints and indexes that are to stay statements, as the database
    spells them: those that SQLAlchemy would make otherwise.
    """
    writer = Writer(inventory, kept)
    writer.kept = {*kept, *writer.dialect.undeclarable(inventory)}
    enums = _enums(writer)
    domains = _domains(writer)
    sequences = _sequences(writer)
    body = [_entity(each, writer) for each in writer.entities if each.kind != "association"]
    early, late = statements.first(writer), statements.after(writer)
    parts = []
    if early or late:
        parts.append(statements.attach_function(writer))
    if early:
        parts.append(statements.attached(_unchecked(early, writer), writer, early=True))
    pairs = [_entity(each, writer) for each in writer.entities if each.kind == "association"]
    parts += [*enums, *domains, *([sequences] if sequences else []), *pairs, *body]
    if late:
        heading = "# What the mappers cannot declare, in the database's own words."
        parts.append(f"{heading}\n{statements.attached(late, writer, early=False)}")
    made = [
        each for entity in writer.entities if entity.is_class for each in _relations(entity, writer)
    ]
    return Written(
        _assembled(parts, writer),
        sum(entity.is_class for entity in writer.entities),
        len(made),
        sum(_is_told_by_database(each) for each in made),
        tuple(each.kind for each in [*early, *late]),
    )


def _relations(entity: Entity, writer: Writer) -> list[relations.Relation]:
    return relations.relations(entity, writer.links, writer.counts)


def _is_told_by_database(each: relations.Relation) -> bool:
    return any(name in ("cascade", "passive_deletes") for name, _ in each.arguments)


def _unchecked(early: list[Ddl], writer: Writer) -> list[Ddl]:
    """Functions are made before the tables that their bodies name, so bodies wait for a check."""
    off = writer.dialect.BODIES_UNCHECKED
    if not off or not any(each.kind == "function" for each in early):
        return early
    return [Ddl("setting", "", off), *early]


def _assembled(parts: list[str], writer: Writer) -> str:
    own = writer.imports.own
    helpers = []
    if "DatabaseType" in own:
        names = {
            "UserDefinedType": writer.imports.use("sqlalchemy.types", "UserDefinedType"),
            "Any": writer.imports.use("typing", "Any"),
        }
        text = _DATABASE_TYPE.strip("\n")
        for name, local in names.items():
            text = text.replace(name, local)
        helpers.append(text)
    base = _base(writer)
    views = []
    if any(entity.kind == "view" for entity in writer.entities):
        text = f"views = {writer.sa('MetaData')}()"
        views.append(
            f"# Views are read, and made by the statements below: create_all() skips them.\n{text}"
        )
    doc = '"""The models of a database, read from its catalog by dbwright.'
    note = writer.dialect.NOTE
    doc += f'\n\n{note}\n"""' if note else '"""'
    blocks = [f"{doc}\n\n{writer.imports.lines()}", base, *helpers, *views, *parts]
    return _spaced(blocks)


def _spaced(blocks: list[str]) -> str:
    """Two lines around classes and functions, one between plain statements."""
    text = ""
    previous = ""
    for block in blocks:
        roomy = any(each.startswith(("class ", "def ", '"""')) for each in (block, previous))
        text += ("\n\n\n" if roomy else "\n\n") * bool(text) + block
        previous = block
    return text.replace("\n\n\n\n", "\n\n\n") + "\n"


def _base(writer: Writer) -> str:
    base = writer.imports.use("sqlalchemy.orm", "DeclarativeBase")
    templates = writer.convention.templates
    if not templates:
        return f"class Base({base}):\n    pass"
    # The name that SQLAlchemy gives an index where no convention is set.
    known = {**templates, "ix": "ix_%(column_0_label)s"}
    pairs = "".join(
        f"            {literal(kind)}: {literal(template)},\n"
        for kind, template in sorted(known.items())
    )
    metadata = writer.sa("MetaData")
    return (
        f"class Base({base}):\n    metadata = {metadata}(\n        naming_convention={{\n"
        f"{pairs}        }}\n    )"
    )


def _enums(writer: Writer) -> list[str]:
    """Gives a class and a type for each enumerated type of the database."""
    taken = {entity.name for entity in writer.entities}
    found = []
    for kind in writer.inventory.schema.enums:
        name = identifiers.class_name(kind.name)
        name = identifiers.free(name if name not in taken else f"{name}Kind", taken)
        taken.add(name)
        variable = identifiers.free(identifiers.attribute(identifiers.snake(kind.name)), taken)
        if variable in _attributes(writer):
            variable = identifiers.free(f"{variable}_type", taken | _attributes(writer))
        taken.add(variable)
        found += [_enum_class(kind, name, writer), _enum_type(kind, name, variable, writer)]
        spelling = spelled(kind.name)
        spelling = f"{spelled(kind.schema)}.{spelling}" if kind.schema else spelling
        writer.named[spelling] = Declared(variable, name)
    return ([_VALUES.strip("\n")] if found else []) + found


def _attributes(writer: Writer) -> set[str]:
    return {name for entity in writer.entities for name in entity.attributes.values()}


def _enum_class(kind: EnumType, name: str, writer: Writer) -> str:
    enum = "enum"
    writer.imports.use_module("enum")
    members: dict[str, str] = {}
    for label in kind.values:
        members[identifiers.free(identifiers.member(label), members)] = label
    lines = [f"    {member} = {literal(label)}" for member, label in members.items()]
    return f"class {name}({enum}.Enum):\n" + ("\n".join(lines) or "    pass")


def _enum_type(kind: EnumType, name: str, variable: str, writer: Writer) -> str:
    words = [name, f"name={literal(kind.name)}"]
    words += [f"schema={literal(kind.schema)}"] if kind.schema else []
    words += ["metadata=Base.metadata", "values_callable=values"]
    return laid_out(call(f"{variable} = {writer.sa('Enum')}", *words))


def _domains(writer: Writer) -> list[str]:
    """Gives a type for each domain; the statement that makes it is attached."""
    taken = {entity.name for entity in writer.entities} | _attributes(writer)
    lines = []
    for spelling, base in writer.dialect.domains(writer.inventory):
        name = identifiers.attribute(identifiers.snake(spelling.replace('"', "")))
        variable = name if name not in taken else identifiers.free(f"{name}_type", taken)
        taken.add(variable)
        schema, _, own = spelling.replace('"', "").rpartition(".")
        declared = writer.dialect.declared(base, writer.named)
        words = [literal(own), writer.imports.resolved(declared.code)]
        words += [f"schema={literal(schema)}"] if schema else []
        function = writer.imports.use(writer.dialect.DIALECT, "DOMAIN")
        made = call(f"{variable} = {function}", *words, "create_type=False")
        lines.append(laid_out(made))
        writer.named[spelling] = Declared(variable, declared.python)
    return ["\n".join(lines)] if lines else []


def _sequences(writer: Writer) -> str:
    """Gives a variable for each sequence that stands for itself, or counts in a way of its own."""
    lines = []
    taken = {entity.name for entity in writer.entities} | _attributes(writer)
    for key in writer.dialect.sequences(writer.inventory):
        schema, _, name = key.rpartition(".")
        variable = identifiers.attribute(identifiers.snake(name))
        if variable in taken:
            variable = identifiers.free(f"{variable}_sequence", taken)
        taken.add(variable)
        writer.sequences[key] = variable
        words = [literal(name), *writer.dialect.counting(writer.inventory, key, writer.sa)]
        words += [f"schema={literal(schema)}"] if schema else []
        words.append("metadata=Base.metadata")
        lines.append(laid_out(call(f"{variable} = {writer.sa('Sequence')}", *words)))
    return "\n".join(lines)


def _entity(entity: Entity, writer: Writer) -> str:
    return _class(entity, writer) if entity.is_class else _table(entity, writer)


def _class(entity: Entity, writer: Writer) -> str:
    table = entity.table
    blocks = [f"    __tablename__ = {literal(table.name)}"]
    args = arguments.arguments(table, writer)
    options = arguments.options(table, writer)
    if args or options:
        pairs = tuple(f"{literal(name)}: {value}" for name, value in options.items())
        alone = Call("__table_args__ = {", pairs, "}")
        words = [*args, *([Call("{", pairs, "}")] if pairs else [])]
        code = Call("__table_args__ = (", tuple(words)) if args else alone
        blocks[0] += f"\n    {laid_out(code, 4)}"
    lines = [
        "    " + laid_out(fields.attribute(entity, column, writer), 4) for column in table.columns
    ]
    blocks.append("\n".join(lines))
    made = _relations(entity, writer)
    if made:
        blocks.append("\n".join("    " + laid_out(_relation(each, writer), 4) for each in made))
    return f"class {entity.name}(Base):\n" + "\n\n".join(blocks)


def _relation(each: relations.Relation, writer: Writer) -> Call:
    mapped = writer.imports.use("sqlalchemy.orm", "Mapped")
    function = writer.imports.use("sqlalchemy.orm", "relationship")
    inner = f'list["{each.target}"]' if each.many else f'"{each.target}"'
    if each.optional and not each.many:
        inner = f'"{each.target} | None"'
    words = [f"{name}={value}" for name, value in each.arguments]
    return call(f"{each.name}: {mapped}[{inner}] = {function}", *words)


def _table(entity: Entity, writer: Writer) -> str:
    table = entity.table
    words: list[Call | str] = [literal(table.name)]
    words.append("views" if entity.kind == "view" else "Base.metadata")
    words += [fields.column(table, column, writer) for column in table.columns]
    if entity.kind == "view":
        words += [f"schema={literal(table.schema)}"] if table.schema else []
        words.append(f'info={{"kind": {literal(table.kind)}}}')
    else:
        words += arguments.arguments(table, writer)
        words += [f"{name}={value}" for name, value in arguments.options(table, writer).items()]
    return laid_out(Call(f"{entity.name} = {writer.sa('Table')}(", tuple(words)))
