"""A new column as code, in the style of the class that it joins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dbwright.core.brief import BriefAttribute
from dbwright.core.errors import FixError
from dbwright.core.mapping import Mapping
from dbwright.recipes import model_annotations, model_syntax
from dbwright.recipes.model_style import Style

Imports = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Code with the imports that it needs: pairs of module and name, "" for the module."""

    text: str
    imports: Imports = ()


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column's type: SQLAlchemy's as code, Python's annotation, and whether the map knows it."""

    sql: str
    python: str
    imports: Imports = ()
    implied: bool = False
    length: int | None = None
    precision: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """All that a new column is to be, before it is spelled in a style."""

    name: str
    type: ColumnType
    nullable: bool
    unique: bool = False
    index: bool = False
    default: Code | None = None
    python_default: str | None = None
    on_update: Code | None = None
    foreign_key: str = ""
    on_delete: str = ""
    primary_key: bool = False
    init: bool = True
    extra: tuple[str, ...] = field(default_factory=tuple)


LENGTHS = {
    "email": 320, "url": 2048, "slug": 160, "phone": 32, "token": 64, "country": 2,
    "currency": 3, "language": 35, "timezone": 64, "ip": 45, "password": 255,
}  # fmt: skip
PYTHON = {
    "integer": "int", "boolean": "bool", "float": "float", "date": "date", "time": "time",
    "datetime": "datetime", "duration": "timedelta", "decimal": "Decimal", "money": "Decimal",
    "percent": "Decimal", "latitude": "Decimal", "longitude": "Decimal", "uuid": "UUID",
    "json": "dict[str, Any]", "bytes": "bytes", "tags": "list[str]",
}  # fmt: skip
MODULES = {
    "date": "datetime", "time": "datetime", "datetime": "datetime", "timedelta": "datetime",
    "Decimal": "decimal", "UUID": "uuid", "Any": "typing",
}  # fmt: skip
_SCALES = {"percent": (5, 2), "latitude": (9, 6), "longitude": (9, 6), "decimal": (12, 2)}
_PLAIN = {
    "integer": "Integer", "boolean": "Boolean", "float": "Float", "date": "Date", "time": "Time",
    "duration": "Interval", "uuid": "Uuid", "bytes": "LargeBinary",
}  # fmt: skip


def column_type(style: Style, attribute: BriefAttribute, sql: str = "") -> ColumnType:
    """Gives the type of a new column, as the project's dialect and habits have it."""
    kind = attribute.type
    dialect = style.mapping.schema.dialect
    if sql:
        name, need = style.named(sql)
        return ColumnType(name, "int", (need,) if need else (), length=None)
    if kind in ("decimal", "money", "percent", "latitude", "longitude"):
        return _number(style, attribute)
    if kind == "datetime":
        return _simple(style, "DateTime(timezone=True)", "datetime")
    if kind == "json":
        return _json(style, dialect)
    if kind == "ip" and dialect == "postgresql":
        name, need = style.named("INET", "sqlalchemy.dialects.postgresql")
        return ColumnType(name, "str", (need,) if need else ())
    if kind == "tags" and dialect == "postgresql":
        array, need = style.named("ARRAY", "sqlalchemy.dialects.postgresql")
        text, more = style.named("Text")
        return ColumnType(f"{array}({text})", "list[str]", tuple(n for n in (need, more) if n))
    if kind == "tags":
        return replace(_json(style, dialect), python="list[str]")
    if kind in _PLAIN:
        return _simple(style, _PLAIN[kind], PYTHON[kind])
    return _text(style, attribute)


def _simple(style: Style, sql: str, python: str) -> ColumnType:
    name, paren, rest = sql.partition("(")
    spelled, need = style.named(name)
    needs = [need] if need else []
    known = style.annotation_map.get(python)
    plain = not paren and python not in style.annotation_map
    implied = style.is_typed and (plain or known is not None)
    spelled_python, more = python_name(style, python)
    if implied:
        needs = []
    return ColumnType(f"{spelled}{paren}{rest}", spelled_python, (*needs, *more), implied)


def python_name(style: Style, python: str) -> tuple[str, Imports]:
    """Gives Python's type as the file calls it, with the import that is missing."""
    found: list[tuple[str, str]] = []
    for name in ("Any", python) if "Any" in python else (python,):
        module = MODULES.get(name)
        if module is None:
            continue
        known = {value: key for key, value in model_syntax.imported(style.source, module).items()}
        if f"{module}.{name}" in known:
            python = python.replace(name, known[f"{module}.{name}"])
        elif module in known:
            python = python.replace(name, f"{known[module]}.{name}")
        else:
            found.append((module, name))
    return python, tuple(found) if style.is_typed else ()


def _number(style: Style, attribute: BriefAttribute) -> ColumnType:
    sizes = _SCALES.get(attribute.type) or _money(style.mapping)
    if attribute.precision:
        sizes = (attribute.precision, attribute.scale or 0)
    name, need = style.named("Numeric")
    python, more = python_name(style, "Decimal")
    sql = f"{name}({sizes[0]}, {sizes[1]})"
    known = style.annotation_map.get("Decimal", "").rpartition(".")[2]
    implied = style.is_typed and known == f"Numeric({sizes[0]}, {sizes[1]})"
    needs = (need,) if need and not implied else ()
    return ColumnType(sql, python, (*needs, *more), implied, precision=sizes)


def _money(mapping: Mapping) -> tuple[int, int]:
    """The size that the project's other amounts have most often."""
    sizes = [
        (item.type.precision, item.type.scale)
        for mapper in mapping.mappers
        for item in mapper.attributes
        if item.type.is_a("Numeric") and item.type.precision and item.type.scale
    ]
    best = max(set(sizes), key=sizes.count, default=(12, 2))
    return int(best[0] or 12), int(best[1] or 2)


def _json(style: Style, dialect: str) -> ColumnType:
    if dialect == "postgresql":
        name, need = style.named("JSONB", "sqlalchemy.dialects.postgresql")
    else:
        name, need = style.named("JSON")
    python, more = python_name(style, "dict[str, Any]")
    implied = style.is_typed and "dict[str, Any]" in style.annotation_map
    needs = (need,) if need and not implied else ()
    return ColumnType(name, python, (*needs, *more), implied)


def _text(style: Style, attribute: BriefAttribute) -> ColumnType:
    length = attribute.length or LENGTHS.get(attribute.type)
    if attribute.values:
        length = max(20, *(len(value) for value in attribute.values))
    plain_text = style.annotation_map.get("str", "").rpartition(".")[2] == "Text"
    if length is None and attribute.type == "string" and not plain_text:
        length = 255
    if length is None or (plain_text and attribute.length is None):
        name, need = style.named("Text")
        implied = style.is_typed and plain_text
        return ColumnType(name, "str", (need,) if need and not implied else (), implied)
    name, need = style.named("String")
    return ColumnType(f"{name}({length})", "str", (need,) if need else (), length=length)


def column_code(style: Style, column: Planned) -> Code:
    """Gives the statement that declares a column, on as many lines as it needs."""
    if style.kind == "sqlmodel":
        return _field(style, column)
    arguments = _arguments(style, column)
    imports = list(column.type.imports)
    for code in filter(None, (column.default, column.on_update)):
        imports += code.imports
    if style.kind == "table":
        name = f"{style.quote}{column.name}{style.quote}"
        return Code(f"{style.column}({', '.join([name, *arguments])})", tuple(imports))
    if style.kind == "column":
        line = f"{column.name} = {style.column}({', '.join(arguments)})"
        return Code(wrapped(line, style.width), tuple(imports))
    annotation = column.type.python
    if column.nullable:
        annotation = model_annotations.optional(annotation, _habit(style))
        imports += [("typing", "Optional")] if annotation.startswith("Optional[") else []
    line = f"{column.name}: Mapped[{annotation}]"
    if arguments or not style.has_bare:
        line += f" = {style.column}({', '.join(arguments)})"
        if "." not in style.column:
            imports.append(("sqlalchemy.orm", "mapped_column"))
    return Code(wrapped(line, style.width), tuple(imports))


def _habit(style: Style) -> str:
    """The text by which `optional` tells how the file writes None."""
    return "Optional" if "Optional[" in style.source.text else ""


def _arguments(style: Style, column: Planned) -> list[str]:
    arguments = []
    typed = style.is_typed
    if not (typed and column.type.implied) and not (column.foreign_key and typed):
        arguments.append(column.type.sql)
    if column.foreign_key:
        arguments.append(foreign_key(style, column))
    arguments += column.extra
    if column.primary_key:
        arguments.append("primary_key=True")
    if not typed and not column.primary_key:
        if not column.nullable:
            arguments.append("nullable=False")
        elif style.writes_nullable:
            arguments.append("nullable=True")
    arguments += ["unique=True"] if column.unique else []
    arguments += ["index=True"] if column.index else []
    if style.kind == "dataclass":
        arguments += _dataclass(column)
    elif column.python_default and typed and column.python_default in ("dict", "list"):
        arguments.append(f"default={column.python_default}")
    if column.default:
        arguments.append(f"server_default={column.default.text}")
    if column.on_update:
        arguments.append(f"onupdate={column.on_update.text}")
    return arguments


def _dataclass(column: Planned) -> list[str]:
    if not column.init:
        return ["init=False"]
    if column.python_default in ("dict", "list"):
        return [f"default_factory={column.python_default}"]
    if column.python_default is not None:
        return [f"default={column.python_default}"]
    return ["default=None"] if column.nullable else []


def foreign_key(style: Style, column: Planned) -> str:
    """Gives `ForeignKey("users.id", ondelete="CASCADE")` as the file spells it."""
    name = style.named("ForeignKey")[0]
    quote = style.quote
    fate = f", ondelete={quote}{column.on_delete}{quote}" if column.on_delete else ""
    return f"{name}({quote}{column.foreign_key}{quote}{fate})"


def _field(style: Style, column: Planned) -> Code:
    """A column of SQLModel: what Field does not know goes to SQLAlchemy by sa_… keywords."""
    imports = [item for item in column.type.imports if _ispython_name(item)]
    words: list[str] = []
    if column.primary_key:
        words.append("primary_key=True")
    if column.nullable:
        words.append("default=None")
    elif column.python_default in ("dict", "list"):
        words.append(f"default_factory={column.python_default}")
    elif column.python_default is not None:
        words.append(f"default={column.python_default}")
    if column.foreign_key:
        words.append(f'foreign_key="{column.foreign_key}"')
        words += [f'ondelete="{column.on_delete}"'] if column.on_delete else []
    elif column.type.precision:
        words += [f"max_digits={column.type.precision[0]}"]
        words += [f"decimal_places={column.type.precision[1]}"]
    elif column.type.length:
        words.append(f"max_length={column.type.length}")
    elif not column.type.implied:
        words.append(f"sa_type={column.type.sql}")
        imports = list(column.type.imports)
    words += ["unique=True"] if column.unique else []
    words += ["index=True"] if column.index else []
    held = {"server_default": column.default, "onupdate": column.on_update}
    pairs = ", ".join(f'"{key}": {code.text}' for key, code in held.items() if code)
    if pairs:
        words.append(f"sa_column_kwargs={{{pairs}}}")
        imports += [need for code in held.values() if code for need in code.imports]
    annotation = column.type.python
    if column.nullable:
        annotation = model_annotations.optional(annotation, _habit(style))
        imports += [("typing", "Optional")] if annotation.startswith("Optional[") else []
    line = f"{column.name}: {annotation}"
    if words == ["default=None"]:
        return Code(f"{line} = None", tuple(imports))
    line += f" = {style.column}({', '.join(words)})" if words else ""
    return Code(wrapped(line, style.width), tuple(imports))


def _ispython_name(item: tuple[str, str]) -> bool:
    return not item[0].startswith("sqlalchemy")


def wrapped(line: str, width: int, indent: int = 4) -> str:
    """Gives a statement on one line, or with the arguments of its last call on lines of their own.

    >>> print(wrapped("a = f(1, g(2, 3))", 16))
    a = f(
        1, g(2, 3)
    )
    """
    if len(line) + indent <= width or not line.endswith(")"):
        return line
    opening = _opening(line)
    head, inner = line[: opening + 1], line[opening + 1 : -1]
    if len(inner) + indent + 4 <= width:
        return f"{head}\n    {inner}\n)"
    parts = arguments_of(inner)
    return f"{head}\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _opening(line: str) -> int:
    """Where the bracket opens that the last one closes."""
    depth = 0
    for at in range(len(line) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(line[at], 0)
        if depth == 0:
            return at
    raise FixError(f"its own code does not parse: {line}")


def arguments_of(text: str) -> list[str]:
    """Gives the arguments of a call, cut at the commas between them.

    >>> arguments_of('String(3), ForeignKey("a.b", ondelete="CASCADE")')
    ['String(3)', 'ForeignKey("a.b", ondelete="CASCADE")']
    """
    parts, depth, quoted, current = [], 0, "", ""
    for sign in text:
        if quoted:
            quoted = "" if sign == quoted else quoted
        elif sign in "\"'":
            quoted = sign
        depth += 0 if quoted else {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(sign, 0)
        if sign == "," and depth == 0 and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += sign
    return [*parts, current.strip()] if current.strip() else parts
