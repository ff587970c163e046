"""Relationships: the foreign key with its ON DELETE, the index, and both sides."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from dbwright.core.errors import FixError
from dbwright.core.mapping import Attribute, Mapper, Relationship
from dbwright.core.model_change import AddRelationship, Way
from dbwright.core.source import Source
from dbwright.recipes import model_insert, model_syntax
from dbwright.recipes.model_names import plural, singular, snake
from dbwright.recipes.model_style import RELATIONS, Style
from dbwright.recipes.model_work import Work, attribute_line
from dbwright.recipes.model_write import (
    ColumnType,
    Planned,
    column_code,
    foreign_key,
    python_name,
    wrapped,
)

RULES = {"cascade": "CASCADE", "restrict": "RESTRICT", "set null": "SET NULL"}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relationship: its name, what it leads to, and whether it is a list."""

    name: str
    target: Mapper
    many: bool
    optional: bool
    back: str
    words: tuple[str, ...] = ()
    foreign_key: str = ""
    secondary: str = ""


def add(work: Work, step: AddRelationship) -> None:
    """Adds a relationship with both of its sides."""
    if step.kind == "many-to-many":
        _many_to_many(work, step)
    else:
        _many_to_one(work, step)


def _many_to_one(work: Work, step: AddRelationship) -> None:
    source, target = work.style(step.source), work.style(step.target)
    key = key_of(work, target.mapper)
    usual = snake(target.mapper.name)
    name = step.name or usual
    if source.mapper.name == target.mapper.name and not step.name:
        name = "parent"
    required = step.required is True
    one = step.kind == "one-to-one"
    inverse = step.inverse or _inverse(work, source, target, name, usual, one)
    column = f"{name}_id"
    work.check_free(source, name)
    work.check_free(source, column)
    if not work.is_free(target, inverse):
        work.check_free(target, inverse)
        raise FixError(f"{target.mapper.name} has a name {inverse} already")
    fate = _fate(work, step, source, target, required)
    several = _told_apart(work, source, target)
    planned = Planned(
        column,
        key_type(source, key),
        not required,
        unique=one,
        index=not one,
        foreign_key=f"{target.mapper.table}.{key.column}",
        on_delete=fate,
        init=source.kind != "dataclass",
    )
    _put_key(work, step.source, planned)
    own = f"{source.mapper.name}.{column}" if several else ""
    back = cascade_words(fate, target.kind == "sqlmodel")
    put_side(work, step.source, Side(name, target.mapper, False, not required, inverse, (), own))
    put_side(work, step.target, Side(inverse, source.mapper, not one, True, name, back, own))


def _put_key(work: Work, model: str, planned: Planned) -> None:
    style = work.style(model)
    code = column_code(style, planned)
    path = style.source.path
    first = not planned.nullable and planned.init
    before = work.stamps.get(model, "")
    work.change(
        path,
        lambda text: model_insert.column(text, style, code.text, first=first, before=before),
        planned.name,
    )
    needs = list(code.imports)
    if style.kind != "sqlmodel":
        _, need = style.named("ForeignKey")
        needs += [need] if need else []
    work.imports(path, needs)
    work.touch(style.mapper.table)


def key_of(work: Work, target: Mapper) -> Attribute:
    """Gives the one column of a model's key; FixError for a key of several."""
    keys = [item for item in target.attributes if item.primary_key]
    if len(keys) != 1:
        raise FixError(
            f"{target.name} has a key of {len(keys)} columns, and a relationship to it needs all",
            way_out="Add the columns and a ForeignKeyConstraint by hand.",
        )
    return keys[0]


def key_type(style: Style, key: Attribute) -> ColumnType:
    """The type of a column that refers to a key: what the key has."""
    python, imports = "int", []
    if key.type.is_a("Uuid", "UUID"):
        python, imports = "UUID", [("uuid", "UUID")]
    elif key.type.is_a("String"):
        python = "str"
    name = key.type.name if key.type.name.upper() != key.type.name else key.type.bases[0]
    spelled, need = style.named(name)
    size = f"({key.type.length})" if key.type.length else ""
    if style.is_typed:
        if python == "UUID":
            python, more = python_name(style, "UUID")
            imports = list(more)
        return ColumnType(f"{spelled}{size}", python, tuple(imports))
    return ColumnType(f"{spelled}{size}", python, (need,) if need else ())


def _fate(work: Work, step: AddRelationship, source: Style, target: Style, required: bool) -> str:
    """ON DELETE as it was said, chosen, or follows from whether the reference must be there."""
    usual = "restrict" if required else "set null"
    said = step.on_delete or work.choose.replace("-", " ")
    chosen = said if said in RULES and not (said == "set null" and required) else usual
    part, whole = source.mapper.name, target.mapper.name
    parts = plural(singular(snake(part)))
    prices = {
        "cascade": f"a deleted {whole} takes its {parts} along, without a question",
        "restrict": f"a {whole} that has {parts} cannot be deleted",
        "set null": f"a deleted {whole} leaves its {parts}, without it",
    }
    others = [
        Way(key.replace(" ", "-"), f"ON DELETE {RULES[key]}", text)
        for key, text in prices.items()
        if key != chosen and not (required and key == "set null")
    ]
    why = "it was asked for" if said == chosen else "nothing is lost by a mistake"
    work.decide(
        f"{part}.{step.name or snake(whole)}_id",
        f"ON DELETE {RULES[chosen]}: {prices[chosen]}",
        why,
        *others,
    )
    if not required and step.required is None and part not in work.new:
        work.decide(
            f"{part}.{step.name or snake(whole)}",
            "optional",
            f"the request does not say otherwise, and rows of {source.mapper.table} that are "
            f"there have no {snake(whole)}",
        )
    return RULES[chosen]


def cascade_words(fate: str, sqlmodel: bool) -> tuple[str, ...]:
    """What the collection does so that the session and the database agree."""
    if fate == "CASCADE":
        first = "cascade_delete=True" if sqlmodel else 'cascade="all, delete-orphan"'
        return (first, "passive_deletes=True")
    return ('passive_deletes="all"',) if fate == "RESTRICT" else ("passive_deletes=True",)


def _inverse(work: Work, source: Style, target: Style, name: str, usual: str, one: bool) -> str:
    own = snake(source.mapper.name)
    plain = own if one else plural(own)
    if source.mapper.name == target.mapper.name:
        plain = "children" if name == "parent" else f"{name}_{plain}"
    elif name != usual or not work.is_free(target, plain):
        plain = f"{name}_{plain}"
    return plain


def _told_apart(work: Work, source: Style, target: Style) -> bool:
    """Whether there are other references between the two; then each side names its columns."""
    mapper, other = source.mapper, target.mapper
    found = False
    for owner, far in ((mapper, other), (other, mapper)):
        for relationship in owner.relationships:
            if relationship.target == far.qualified and relationship.secondary is None:
                found = True
                _name_columns(work, owner, far, relationship)
    return found


def _name_columns(work: Work, owner: Mapper, far: Mapper, found: Relationship) -> None:
    """Gives a relationship that was the only one `foreign_keys`, for now there are two."""
    mine = found.direction == "MANYTOONE"
    holder = owner if mine else far
    columns = [pair[0] if mine else pair[1] for pair in found.pairs]
    attribute = holder.attribute_of(columns[0]) if len(columns) == 1 else None
    place = found.place
    if attribute is None or place is None:
        return
    style = work.style(owner.qualified)
    path = place.file
    text = work.text(path)
    line = attribute_line(text, owner.name, found.name)
    if (
        line is None
        or "foreign_keys" in _statement(text, line)
        or "primaryjoin" in _statement(text, line)
    ):
        return
    value = f'"{holder.name}.{attribute.name}"'
    work.keyword(found.name, style, (path, line), RELATIONS, "foreign_keys", value)


def _statement(text: str, line: int) -> str:
    found = model_syntax.statement(Source("", text), line)
    return ast.unparse(found) if found is not None else ""


def put_side(work: Work, model: str, side: Side) -> None:
    """Writes one side of a relationship into its class."""
    style = work.style(model)
    path = style.source.path
    what = f"{style.mapper.name}.{side.name}"
    if style.kind == "table":
        file = style.mapper.place.file if style.mapper.place else path
        entry = f'"{side.name}": {_call(style, side)}'
        work.change(file, lambda text: _in_properties(text, style.mapper.name, entry), what)
        return
    code = side_code(style, side)
    work.change(path, lambda text: model_insert.relationship(text, style, code), what)
    needs = [("typing", "Optional")] if "Optional[" in code else []
    if style.kind == "sqlmodel":
        needs.append(("sqlmodel", "Relationship"))
    elif "." not in style.relationship:
        needs.append(("sqlalchemy.orm", "relationship"))
    work.imports(path, needs)
    module = side.target.qualified.rpartition(".")[0]
    if style.is_typed and module != style.mapper.qualified.rpartition(".")[0]:
        work.change(
            path, lambda text: model_insert.for_types(text, style, module, side.target.name), what
        )


def side_code(style: Style, side: Side) -> str:
    """Gives the statement that declares one side."""
    if not style.is_typed:
        return wrapped(f"{side.name} = {_call(style, side)}", style.width)
    target = side.target.name if style.future else f'"{side.target.name}"'
    has_optional = "Optional[" in style.source.text
    listed = "List" if "List[" in style.source.text and "list[" not in style.source.text else "list"
    if side.many:
        annotation = f"{listed}[{target}]"
    elif not side.optional:
        annotation = target
    elif has_optional or style.kind == "sqlmodel":
        annotation = f"Optional[{target}]"
    else:
        annotation = f"{target} | None" if style.future else f'"{side.target.name} | None"'
    whole = annotation if style.kind == "sqlmodel" else f"Mapped[{annotation}]"
    return wrapped(f"{side.name}: {whole} = {_call(style, side)}", style.width)


def _call(style: Style, side: Side) -> str:
    quote = style.quote
    words: list[str] = [] if style.is_typed else [f"{quote}{side.target.name}{quote}"]
    inner = []
    if side.secondary:
        inner.append(("secondary", f'"{side.secondary}"'))
    if side.foreign_key:
        inner.append(("foreign_keys", f'"{side.foreign_key}"'))
    sqlmodel = style.kind == "sqlmodel"
    words += [] if sqlmodel else [f"{key}={value}" for key, value in inner]
    words.append(f"back_populates={quote}{side.back}{quote}")
    own = [word for word in side.words if sqlmodel is False or _knows(word)]
    words += own
    if sqlmodel and inner:
        pairs = ", ".join(f'"{key}": {value}' for key, value in inner)
        words.append(f"sa_relationship_kwargs={{{pairs}}}")
    if not side.many and not style.is_typed and side.optional and side.words:
        words.append("uselist=False")
    if style.kind == "dataclass":
        words += ["default_factory=list", "repr=False"] if side.many else []
        words += ["default=None", "repr=False"] if not side.many and side.optional else []
    return f"{style.relationship}({', '.join(words)})"


def _knows(word: str) -> bool:
    return word.split("=")[0] in ("passive_deletes", "cascade_delete")


def _in_properties(text: str, name: str, entry: str) -> str | None:
    """The entry behind the others of `properties={…}` in the mapping of a class."""
    for node in ast.walk(Source("", text).tree):
        first = node.args[0] if isinstance(node, ast.Call) and node.args else None
        if not (isinstance(first, ast.Name) and first.id == name and isinstance(node, ast.Call)):
            continue
        held = [k.value for k in node.keywords if k.arg == "properties"]
        if held and isinstance(held[0], ast.Dict) and held[0].values:
            last = held[0].values[-1]
            return _after(text, last, f", {entry}")
        if not held and node.args:
            return _after(text, node.args[-1], f", properties={{{entry}}}")
    return None


def _after(text: str, node: ast.expr, code: str) -> str:
    lines = text.splitlines(keepends=True)
    line, at = (node.end_lineno or node.lineno) - 1, node.end_col_offset or 0
    encoded = lines[line].encode()
    lines[line] = encoded[:at].decode() + code + encoded[at:].decode()
    return "".join(lines)


def _many_to_many(work: Work, step: AddRelationship) -> None:
    source, target = work.style(step.source), work.style(step.target)
    a, b = source.mapper, target.mapper
    table = f"{snake(a.name)}_{plural(snake(b.name))}"
    first, second = step.name or plural(snake(b.name)), plural(snake(a.name))
    for style, name in ((source, first), (target, second)):
        if not work.is_free(style, name):
            work.check_free(style, name)
            raise FixError(f"{style.mapper.name} has a name {name} already")
    if work.mapping.schema.table(table) is not None:
        raise FixError(f"there is a table {table} already")
    _association(work, step, source, target, table)
    work.touch(table)
    words = ("passive_deletes=True",)
    put_side(work, step.source, Side(first, b, True, True, second, words, "", table))
    put_side(work, step.target, Side(second, a, True, True, first, words, "", table))
    work.decide(
        table,
        "a plain pair, its key both columns",
        "a pair is unique by its key, the second column has an index for the way back, and both "
        "cascade: a deleted side takes its pairs along and nothing else",
    )


def _association(
    work: Work, step: AddRelationship, source: Style, target: Style, table: str
) -> None:
    """The table of the pairs, behind the class of the source."""
    a, b = source.mapper, target.mapper
    keys = [key_of(work, a), key_of(work, b)]
    needs: list[tuple[str, str]] = []
    rows = []
    for number, (mapper, key) in enumerate(zip((a, b), keys, strict=True)):
        one = f"{snake(mapper.name)}_id"
        planned = Planned(
            one, key_type(source, key), False, index=number == 1, primary_key=True,
            foreign_key=f"{mapper.table}.{key.column}", on_delete="CASCADE",
        )  # fmt: skip
        rows.append(_pair(source, planned, needs))
    path = source.source.path
    if source.kind == "sqlmodel":
        name = "".join(part.title() for part in singular(table).split("_"))
        body = "\n".join(f"    {row}" for row in rows)
        code = f'class {name}(SQLModel, table=True):\n    __tablename__ = "{table}"\n\n{body}'
    else:
        call, need = source.named("Table")
        call = "db.Table" if source.types == "db." else call
        needs += [need] if need and not call.startswith("db.") else []
        metadata = [] if call.startswith("db.") else [_metadata(work, source)]
        lines = "".join(f"    {row},\n" for row in (f'"{table}"', *metadata, *rows))
        code = f"{table} = {call}(\n{lines})"
    work.change(path, lambda text: model_insert.behind_class(text, a.name, code), table)
    work.imports(path, needs)


def _pair(style: Style, planned: Planned, needs: list[tuple[str, str]]) -> str:
    if style.kind == "sqlmodel":
        code = column_code(style, planned)
        needs += code.imports
        return code.text.replace("\n", "\n    ")
    _, need = style.named("ForeignKey")
    column, more = style.named("Column")
    needs += [item for item in (need, more) if item]
    column = "db.Column" if style.types == "db." else column
    words = [f'"{planned.name}"', foreign_key(style, planned), "primary_key=True"]
    words += ["index=True"] if planned.index else []
    return f"{column}({', '.join(words)})"


def _metadata(work: Work, style: Style) -> str:
    """How the file names the metadata: as its other tables do, else by the class's own base."""
    for node in ast.walk(style.source.tree):
        is_table = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Table")
        if is_table and isinstance(node, ast.Call) and len(node.args) > 1:
            return ast.unparse(node.args[1])
    bases = [ast.unparse(base) for base in style.node.bases] if style.node else []
    likely = [base for base in bases if "Base" in base or "Model" in base]
    return f"{(likely or bases or ['Base'])[0]}.metadata"
