"""Columns that are there: changed, renamed, removed, indexed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from dbwright.core.brief import BriefAttribute
from dbwright.core.errors import FixError
from dbwright.core.mapping import Attribute, Mapper
from dbwright.core.model_change import (
    AddIndex,
    ChangeColumn,
    RemoveColumn,
    RenameColumn,
    Way,
)
from dbwright.core.source import Source
from dbwright.recipes import (
    model_annotations,
    model_parts,
    model_source,
    model_syntax,
    model_words,
)
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_values import default_of
from dbwright.recipes.model_work import Work, removed
from dbwright.recipes.model_write import column_type

CALLS = model_source.COLUMN_CALLS


def change(work: Work, step: ChangeColumn) -> None:
    """Makes a column required, unique, indexed, of another type, or gives it a default."""
    style = work.style(step.model)
    attribute = _attribute(style.mapper, step.attribute)
    if step.required is not None:
        _require(work, style, attribute, step.required)
    unique = step.unique
    if unique and lowered(work, style, attribute.name, attribute.column):
        unique = None
    for keyword, wanted in (("unique", unique), ("index", step.indexed)):
        if wanted is not None:
            _keyword(work, style, attribute, keyword, "True" if wanted else None)
    if step.retyped is not None:
        _retype(work, style, attribute, step)
    if step.default is not None:
        _default(work, style, attribute, step)
    work.touch(style.mapper.table)


def lowered(work: Work, style: Style, name: str, column: str) -> bool:
    """Makes an e-mail address unique whatever its case, by an index; whether that was done."""
    dialect = work.mapping.schema.dialect
    if not model_words.is_email(column) or dialect not in ("postgresql", "sqlite"):
        return False
    about = f"{style.mapper.name}.{name}"
    exact = Way("exact", "unique=True", "one mailbox can have two rows, spelled differently")
    lower = Way("any-case", f"a unique index on lower({column})", "queries have to use lower() too")
    if work.choose == "exact":
        work.decide(about, "unique as it is spelled", "it was chosen by --choose", lower)
        work.offered.add("exact")
        return False
    work.decide(
        about,
        f"unique on lower({column})",
        f"Ada@Example.com and ada@example.com are one mailbox; look it up by func.lower({about})",
        exact,
    )
    table = style.mapper.table.rpartition(".")[2]
    index = f'Index("uq_{table}_{column}_lower", text("lower({column})"), unique=True)'
    work.table_argument(style, index, "Index", "text")
    return True


def _attribute(mapper: Mapper, name: str) -> Attribute:
    return next(item for item in mapper.attributes if item.name == name)


def _keyword(
    work: Work, style: Style, attribute: Attribute, keyword: str, value: str | None
) -> None:
    path, line = work.line(attribute, style)
    calls = ("Column",) if style.kind == "table" else CALLS
    work.keyword(attribute.name, style, (path, line), calls, keyword, value)
    if style.kind in ("typed", "dataclass") and value is not None:
        work.imports(path, [("sqlalchemy.orm", "mapped_column")])


def _require(work: Work, style: Style, attribute: Attribute, required: bool) -> None:
    table = style.mapping.schema.table(style.mapper.table)
    column = table.column(attribute.column) if table else None
    if column is not None and column.nullable != required:
        word = "required" if required else "nullable"
        at = attribute.place
        where = f" ({at.file}:{at.line})" if at else ""
        raise FixError(f"{style.mapper.name}.{attribute.name} is {word} already{where}")
    if not style.is_typed:
        keeps = style.writes_nullable or not required
        _keyword(
            work, style, attribute, "nullable", "False" if required else "True" if keeps else None
        )
        return
    path, line = work.line(attribute, style)
    old = attribute.annotation or ""
    text = work.text(path)
    habit = "Optional" if "Optional[" in text else ""
    new = model_annotations.required(old) if required else model_annotations.optional(old, habit)
    new = new if style.kind == "sqlmodel" else f"Mapped[{new}]"
    work.change(
        path,
        lambda text: model_source.replace_annotation(text, line, new),
        f"the annotation of {style.mapper.name}.{attribute.name}",
    )
    if "Optional[" in new:
        work.imports(path, [("typing", "Optional")])
    _fitted(work, style, attribute, required)


def _fitted(work: Work, style: Style, attribute: Attribute, required: bool) -> None:
    """Takes away keywords that would contradict the annotation: nullable=, default=None."""
    path, line = work.line(attribute, style)
    source = Source(path, work.text(path))
    call = model_syntax.call(source, line, *CALLS)
    if model_syntax.keyword(call, "nullable") is not None:
        _keyword(work, style, attribute, "nullable", None)
    default = model_syntax.keyword(call, "default")
    if required and isinstance(default, ast.Constant) and default.value is None:
        _keyword(work, style, attribute, "default", None)
    statement = model_syntax.statement(source, line)
    value = getattr(statement, "value", None)
    if required and isinstance(value, ast.Constant) and value.value is None:
        work.change(
            path,
            lambda text: _line_changed(
                text, line, lambda old: re.sub(r"\s*=\s*None", "", old, count=1)
            ),
            "the default",
        )


def _line_changed(text: str, line: int, change_line: Callable[[str], str]) -> str:
    lines = text.splitlines(keepends=True)
    lines[line - 1] = change_line(lines[line - 1])
    return "".join(lines)


def _retype(work: Work, style: Style, attribute: Attribute, step: ChangeColumn) -> None:
    assert step.retyped is not None
    kind = column_type(style, step.retyped, step.sql)
    path, line = work.line(attribute, style)
    old = (attribute.type.name, *attribute.type.bases)
    name = f"{style.mapper.name}.{attribute.name}"
    if style.kind == "sqlmodel":
        raise FixError(
            f"the type of {name} is told by Field(), which is not rewritten by words yet",
            way_out="Change the annotation by hand, then: dbwright migrations new",
        )
    if not style.is_typed or not kind.implied:
        work.change(path, lambda text: model_parts.set_type(text, line, old, kind.sql), name)
    elif model_parts.drop_type(work.text(path), line, old):  # the annotation says it all
        work.change(path, lambda text: model_parts.drop_type(text, line, old), name)
    if style.is_typed and attribute.annotation:
        bare = model_annotations.required(attribute.annotation)
        new = attribute.annotation.replace(bare, kind.python)
        if new != attribute.annotation:
            work.change(
                path,
                lambda text: model_source.replace_annotation(text, line, f"Mapped[{new}]"),
                name,
            )
    work.imports(path, kind.imports)
    if style.kind == "typed":
        work.imports(path, [("sqlalchemy.orm", "mapped_column")])


def _default(work: Work, style: Style, attribute: Attribute, step: ChangeColumn) -> None:
    kind = "boolean" if attribute.type.is_a("Boolean") else "string"
    kind = "datetime" if attribute.type.is_a("DateTime") else kind
    made = default_of(style, BriefAttribute(attribute.name, kind, default=step.default))  # type: ignore[arg-type]
    assert made is not None
    _keyword(work, style, attribute, "server_default", made.text)
    path, _ = work.line(attribute, style)
    work.imports(path, made.imports)


def rename(work: Work, step: RenameColumn) -> None:
    """Renames an attribute with its column, and what the files of models say of it."""
    style = work.style(step.model)
    attribute = _attribute(style.mapper, step.attribute)
    work.check_free(style, step.to)
    path, line = work.line(attribute, style)
    own, table = style.mapper.name, style.mapper.table
    old, column, new = attribute.name, attribute.column, step.to
    if style.kind == "table":
        work.change(path, lambda text: _renamed_string(text, line, column, new), f"{own}.{old}")
    else:
        work.change(path, lambda text: _renamed(text, own, old, column, new), f"{own}.{old}")
    for source in work.mapping.sources:
        work.change(
            source.path,
            lambda text: _mentions(text, own, table, (old, column), new),
            f"{own}.{old}",
        )
    work.meant.append(("rename", f"{table}.{column}:{new}"))
    work.touch(table)


def _renamed_string(text: str, line: int, old: str, new: str) -> str:
    return _line_changed(
        text, line, lambda found: re.sub(rf"([\"']){re.escape(old)}\1", rf"\g<1>{new}\g<1>", found)
    )


def _renamed(text: str, own: str, old: str, column: str, new: str) -> str | None:
    """The class with the attribute under its new name, in its own methods and arguments too."""
    node = model_syntax.class_named(Source("", text), own)
    if node is None:
        return None
    spots: list[tuple[int, int, str]] = []
    for item in ast.walk(node):
        if isinstance(item, ast.Name) and item.id == old:
            spots.append((item.lineno, item.col_offset, old))
        elif isinstance(item, ast.Attribute) and item.attr == old:
            if model_syntax.dotted(item.value) in ("self", "cls"):
                end = (item.end_col_offset or 0) - len(old.encode())
                spots.append((item.end_lineno or item.lineno, end, old))
        elif isinstance(item, ast.Constant) and item.value == column:
            spots.append((item.lineno, item.col_offset + 1, column))
    lines = text.splitlines(keepends=True)
    for number, at, name in sorted(set(spots), reverse=True):
        encoded = lines[number - 1].encode()
        if encoded[at : at + len(name.encode())].decode() == name:
            head, tail = encoded[:at], encoded[at + len(name.encode()) :]
            lines[number - 1] = head.decode() + new + tail.decode()
    return "".join(lines)


def _mentions(text: str, own: str, table: str, old: tuple[str, str], new: str) -> str:
    """`Order.buyer` in code and strings, and "orders.buyer" in foreign keys."""
    name, column = old
    text = re.sub(rf"\b{re.escape(own)}\.{re.escape(name)}\b", f"{own}.{new}", text)
    return re.sub(
        rf"([\"']){re.escape(table)}\.{re.escape(column)}\1", rf"\g<1>{table}.{new}\g<1>", text
    )


def remove(work: Work, step: RemoveColumn) -> None:
    """Takes a column out of its class; what still uses it there is refused with its line."""
    style = work.style(step.model)
    mapper = style.mapper
    attribute = _attribute(mapper, step.attribute)
    for found in (r for m in work.mapping.mappers for r in m.relationships):
        pairs = {local for local, _ in found.pairs}
        if (
            attribute.column in pairs
            and found in mapper.relationships
            and found.direction == "MANYTOONE"
        ):
            raise FixError(
                f"{mapper.name}.{attribute.name} is the foreign key of {mapper.name}.{found.name}",
                way_out="Relationships are not removed by words yet; take both sides out first.",
            )
    path, line = work.line(attribute, style)
    if style.kind == "table":
        raise FixError(
            f"{mapper.table}.{attribute.column} stands in a Table(), which loses no columns by "
            "words yet",
            way_out="Take it out by hand, then: dbwright migrations new",
        )
    work.change(path, lambda text: removed(text, line), f"{mapper.name}.{attribute.name}")
    _check_unused(work, style, attribute)
    work.meant.append(("drop", f"{mapper.table}.{attribute.column}"))
    work.touch(mapper.table)


def _check_unused(work: Work, style: Style, attribute: Attribute) -> None:
    node = model_syntax.class_named(Source("", work.text(style.source.path)), style.mapper.name)
    for item in ast.walk(node) if node else ():
        used = isinstance(item, ast.Attribute) and item.attr == attribute.name
        used = used or (isinstance(item, ast.Constant) and item.value == attribute.column)
        used = used or (isinstance(item, ast.Name) and item.id == attribute.name)
        if used:
            raise FixError(
                f"{style.mapper.name} still uses {attribute.name} (about line "
                f"{getattr(item, 'lineno', 0)} of {style.source.path})",
                way_out="Take that out first.",
            )


def index(work: Work, step: AddIndex) -> None:
    """Adds an index for a way in which rows are looked up, unless one serves it already."""
    style = work.style(step.model)
    mapper = style.mapper
    attributes = [_attribute(mapper, name.lstrip("-")) for name in step.attributes]
    columns = [item.column for item in attributes]
    table = work.mapping.schema.table(mapper.table)
    whole = [found for found in table.indexes if not found.predicate] if table else []
    keys = [tuple(key.column or "" for key in found.keys) for found in whole]
    keys += [found.columns for found in table.uniques] if table else []
    keys += [table.primary_key.columns] if table and table.primary_key else []
    if any(tuple(key[: len(columns)]) == tuple(columns) for key in keys):
        served = next(key for key in keys if tuple(key[: len(columns)]) == tuple(columns))
        raise FixError(
            f"{mapper.table} has an index on {', '.join(served)} already, which serves this"
        )
    if len(columns) == 1:
        _keyword(work, style, attributes[0], "unique" if step.unique else "index", "True")
    else:
        name = (
            f"{'uq' if step.unique else 'ix'}_{mapper.table.rpartition('.')[2]}_{'_'.join(columns)}"
        )
        listed = ", ".join(f'"{column}"' for column in columns)
        unique = ", unique=True" if step.unique else ""
        work.table_argument(style, f'Index("{name}", {listed}{unique})', "Index")
        if any(name.startswith("-") for name in step.attributes):
            work.decide(
                name, "ascending", "PostgreSQL reads an index from either end, newest first too"
            )
        _superseded(work, work.style(step.model), attributes[0])
    work.touch(mapper.table)


def _superseded(work: Work, style: Style, first: Attribute) -> None:
    """An index on the first column alone has nothing left to do."""
    path, line = work.line(first, style)
    call = model_syntax.call(Source(path, work.text(path)), line, *CALLS)
    value = model_syntax.keyword(call, "index")
    if isinstance(value, ast.Constant) and value.value is True:
        _keyword(work, style, first, "index", None)
        work.decide(
            f"the index on {style.mapper.table}.{first.column}",
            "goes",
            "the new index begins with that column and serves the same lookups; each write "
            "keeps one index less",
        )
