"""The parts of models of a database: Base, enums, sequences, classes, tables, views."""

from __future__ import annotations

from dbwright.core.declared import Declared, imported
from dbwright.core.identifiers import spelled
from dbwright.core.schema import EnumType
from dbwright.recipes.reverse import arguments, fields, identifiers, relations
from dbwright.recipes.reverse.entities import Entity
from dbwright.recipes.reverse.layout import Call, call, laid_out, literal
from dbwright.recipes.reverse.writer import Writer

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
_VIEW = '''
class View({base}):
    """Rows of a view: they are read, and what would be written is refused."""

    __abstract__ = True
    metadata = views


@{event}.listens_for(View, "before_insert", propagate=True)
@{event}.listens_for(View, "before_update", propagate=True)
@{event}.listens_for(View, "before_delete", propagate=True)
def refuse_writing(mapper: object, connection: object, row: object) -> None:
    """Refuse a flush that would write to a view."""
    raise TypeError(f"{type(row).__name__} is a view: its rows are only read")
'''


def database_type(writer: Writer) -> str:
    """Gives the class of types that SQLAlchemy has no name for."""
    text = _DATABASE_TYPE.strip("\n")
    for module, name in (("sqlalchemy.types", "UserDefinedType"), ("typing", "Any")):
        text = text.replace(name, writer.imports.use(module, name))
    return text


def views(writer: Writer) -> list[str]:
    """Gives the metadata of views, and the base of those that are classes; nothing for none."""
    if not any(entity.is_view for entity in writer.entities):
        return []
    made = f"views = {writer.sa('MetaData')}()"
    found = [f"# Views are read, and made by statements: create_all() skips them.\n{made}"]
    if any(entity.kind == "mapped view" for entity in writer.entities):
        text = _VIEW.strip("\n").replace("{base}", writer.own("Base"))
        found.append(text.replace("{event}", writer.sa("event")))
    return found


def base(writer: Writer) -> str:
    """Gives Base, with the naming convention that the database follows."""
    parent = writer.imports.use("sqlalchemy.orm", "DeclarativeBase")
    templates = writer.convention.templates
    if not templates:
        return f"class Base({parent}):\n    pass"
    # The name that SQLAlchemy gives an index where no convention is set.
    known = {**templates, "ix": "ix_%(column_0_label)s"}
    pairs = "".join(
        f"            {literal(kind)}: {literal(template)},\n"
        for kind, template in sorted(known.items())
    )
    metadata = writer.sa("MetaData")
    return (
        f"class Base({parent}):\n    metadata = {metadata}(\n        naming_convention={{\n"
        f"{pairs}        }}\n    )"
    )


def enums(writer: Writer) -> list[str]:
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
        writer.own_types += [variable, name]
        writer.named[spelling] = Declared(imported("", variable), imported("", name))
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
    words += [f"metadata={writer.base}.metadata", "values_callable=values"]
    return laid_out(call(f"{variable} = {writer.sa('Enum')}", *words))


def domains(writer: Writer) -> list[str]:
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
        writer.own_types.append(variable)
        writer.named[spelling] = Declared(imported("", variable), declared.python)
    return ["\n".join(lines)] if lines else []


def sequences(writer: Writer) -> list[str]:
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
        writer.own_types.append(variable)
        words = [literal(name), *writer.dialect.counting(writer.inventory, key, writer.sa)]
        words += [f"schema={literal(schema)}"] if schema else []
        words.append(f"metadata={writer.own('Base')}.metadata")
        lines.append(laid_out(call(f"{variable} = {writer.sa('Sequence')}", *words)))
    return ["\n".join(lines)] if lines else []


def entity(entity: Entity, writer: Writer) -> str:
    """Gives the class or the table."""
    if entity.kind == "mapped view":
        return _view(entity, writer)
    return _class(entity, writer) if entity.is_class else _table(entity, writer)


def _view(entity: Entity, writer: Writer) -> str:
    """A class whose rows are told apart by a unique index of the view."""
    table = entity.table
    options = [f'"schema": {literal(table.schema)}'] if table.schema else []
    options.append('"info": {"is_view": True}')
    head = f"    __tablename__ = {literal(table.name)}\n"
    head += "    " + laid_out(Call("__table_args__ = {", tuple(options), "}"), 4)
    lines = [f"    {laid_out(each, 4)}" for each in _columns(entity, writer)]
    return f"class {entity.name}({writer.own('View')}):\n{head}\n\n" + "\n".join(lines)


def _columns(entity: Entity, writer: Writer) -> list[Call | str]:
    _, inherited = writer.bases(entity) if entity.is_class else ("", frozenset())
    return [
        fields.attribute(entity, column, writer)
        for column in entity.table.columns
        if column.name not in inherited
    ]


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
    blocks.append("\n".join(f"    {laid_out(each, 4)}" for each in _columns(entity, writer)))
    made = relations_of(entity, writer)
    if made:
        blocks.append("\n".join("    " + laid_out(_relation(each, writer), 4) for each in made))
    bases, _ = writer.bases(entity)
    blocks = [block for block in blocks if block]
    return f"class {entity.name}({bases}):\n" + "\n\n".join(blocks)


def relations_of(entity: Entity, writer: Writer) -> list[relations.Relation]:
    """Gives the relationships of a class."""
    return relations.relations(entity, writer.links, writer.counts)


def _relation(each: relations.Relation, writer: Writer) -> Call:
    mapped = writer.imports.use("sqlalchemy.orm", "Mapped")
    function = writer.imports.use("sqlalchemy.orm", "relationship")
    inner = f'list["{each.target}"]' if each.many else f'"{each.target}"'
    if each.optional and not each.many:
        inner = f'"{each.target} | None"'
    writer.imports.mention(each.target)
    words = [
        f"{name}={writer.own(value) if name == 'secondary' else value}"
        for name, value in each.arguments
    ]
    return call(f"{each.name}: {mapped}[{inner}] = {function}", *words)


def _table(entity: Entity, writer: Writer) -> str:
    table = entity.table
    words: list[Call | str] = [literal(table.name)]
    if entity.kind == "view":
        words.append(writer.own("views"))
    else:
        words.append(f"{writer.base}.metadata")
    words += [fields.column(table, column, writer) for column in table.columns]
    if entity.kind == "view":
        words += [f"schema={literal(table.schema)}"] if table.schema else []
        about = "is_view" if table.kind != "foreign" else "is_foreign"
        words.append(f'info={{"{about}": True}}')
    else:
        words += arguments.arguments(table, writer)
        words += [f"{name}={value}" for name, value in arguments.options(table, writer).items()]
    return laid_out(Call(f"{entity.name} = {writer.sa('Table')}(", tuple(words)))
