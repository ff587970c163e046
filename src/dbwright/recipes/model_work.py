"""The files of models while a request is worked into them, and what was decided on the way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.model_change import Decision, Edited, Way
from dbwright.core.source import Source
from dbwright.recipes import (
    model_insert,
    model_parts,
    model_source,
    model_splice,
    model_syntax,
)
from dbwright.recipes.model_style import Style, style_of

Change = Callable[[str], str | None]


@dataclass(slots=True)
class Work:
    """Texts of files as the steps so far leave them; `new` are the models that steps add.

    `stamps` name the time stamp of a new model, which stays behind its other columns.
    """

    mapping: Mapping
    choose: str = ""
    files: dict[str, str] = field(default_factory=dict)
    new: dict[str, Style] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    meant: list[tuple[str, str]] = field(default_factory=list)
    offered: set[str] = field(default_factory=set)
    stamps: dict[str, str] = field(default_factory=dict)

    def style(self, model: str) -> Style:
        """Gives the habits of a model's source; FixError where it stands in no file."""
        if model in self.new:
            return self._now(self.new[model])
        mapper = self.mapping.mapper(model)
        found = style_of(self.mapping, mapper) if mapper else None
        if mapper is None or found is None:
            name = mapper.name if mapper else model
            at = f" ({mapper.place})" if mapper and mapper.place else ""
            raise FixError(
                f"the class {name} stands in no file of the project that could be read{at}",
                way_out="A class of another package, or one that a function makes, has to be "
                "changed by hand; so has a file that is not UTF-8 and does not name its encoding.",
            )
        return self._now(found)

    def table_style(self, key: str) -> Style:
        """Gives the habits of the source of a table: its model's, else its own Table() call's."""
        mappers = self.mapping.mappers_of(key)
        roots = [mapper for mapper in mappers if mapper.inheritance != "single"]
        if mappers:
            return self.style((roots or [*mappers])[0].qualified)
        table = self.mapping.schema.table(key)
        mapper = Mapper(key, key, key, place=table.place if table else None)
        found = style_of(self.mapping, mapper)
        if found is None:
            raise FixError(f"the table {key} stands in no file of the project that could be read")
        return self._now(found)

    def _now(self, style: Style) -> Style:
        """The style over the file as it is by now, imports that were added included."""
        text = self.files.get(style.source.path)
        return style if text is None else replace(style, source=Source(style.source.path, text))

    def text(self, path: str) -> str:
        """Gives a file's text as it is by now."""
        if path not in self.files:
            found = self.mapping.source(path)
            if found is None:
                raise FixError(f"{path} is not among the files of models that were read")
            self.files[path] = found.text
        return self.files[path]

    def change(self, path: str, apply: Change, what: str) -> None:
        """Changes a file; FixError where its source has not the form that the change expects."""
        after = apply(self.text(path))
        if after is None:
            raise FixError(
                f"{what} cannot be written into {path}: its source has another form than expected",
                way_out="Nothing was written. Make this change by hand.",
            )
        self.files[path] = after

    def imports(self, path: str, needed: model_insert.Imports) -> None:
        """Adds the imports that a file lacks."""
        own = self.own
        self.change(path, lambda text: model_insert.imports(text, needed, own), "an import")

    @property
    def own(self) -> frozenset[str]:
        """The project's own packages: those that its models and their files belong to."""
        modules = {mapper.qualified.partition(".")[0] for mapper in self.mapping.mappers}
        paths = {source.path.partition("/")[0] for source in self.mapping.sources}
        return frozenset(modules | {path.removesuffix(".py") for path in paths} - {"src"})

    def decide(self, about: str, chosen: str, reason: str, *others: Way) -> None:
        """Writes a decision down."""
        self.decisions.append(Decision(about, chosen, reason, others))
        self.offered |= {way.name for way in others}

    def touch(self, table: str) -> None:
        """Takes down a table that changes."""
        if table not in self.tables:
            self.tables.append(table)

    def check_free(self, style: Style, name: str) -> None:
        """Refuses a name that the class or what it is made of has already, with the line."""
        for owner, path, item in self.members(style):
            if name in model_insert.names_of(item):
                kind = "method" if isinstance(item, ast.FunctionDef) else "name"
                raise FixError(
                    f"{owner} has a {kind} {name} already ({path}:{item.lineno})",
                    way_out="Take another name for the new one.",
                )

    def is_free(self, style: Style, name: str) -> bool:
        """Whether neither class nor mapper has the name."""
        mapper = style.mapper
        mapped = {part.name for part in mapper.attributes}
        mapped |= {part.name for part in mapper.relationships}
        return name not in mapped and not any(
            name in model_insert.names_of(item) for _, _, item in self.members(style)
        )

    def members(self, style: Style) -> Iterator[tuple[str, str, ast.stmt]]:
        """Gives what a class and those that it is made of say: the class, its file, a statement."""
        waiting, seen = [style.mapper.name], set[str]()
        sources = [Source(s.path, self.files.get(s.path, s.text)) for s in self.mapping.sources]
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            for source in model_syntax.readable(sources):
                node = model_syntax.class_named(source, name)
                if node is not None:
                    yield from ((name, source.path, item) for item in node.body)
                    waiting += [model_syntax.dotted(b).rpartition(".")[2] for b in node.bases]
                    break

    def keyword(
        self,
        attribute: str,
        style: Style,
        place: tuple[str, int],
        calls: tuple[str, ...],
        keyword: str,
        value: str | None,
    ) -> None:
        """Sets a keyword of the call at a line, and breaks the statement anew where it must."""
        path, line = place
        self.change(
            path,
            lambda text: model_source.set_keyword(text, line, calls, keyword, value),
            f"{keyword} of {style.mapper.name}.{attribute}",
        )
        if style.kind != "table":
            self.files[path] = model_insert.broken_anew(self.files[path], line, style.width)

    def table_argument(self, style: Style, code: str, *names: str) -> None:
        """Adds a constraint or index to a table, where its class keeps them."""
        path, mapper = style.source.path, style.mapper
        call = code
        needs = []
        for name in names:
            spelled, need = style.named(name)
            call = call.replace(f"{name}(", f"{spelled}(", 1)
            needs += [need] if need else []
        if style.kind == "table":
            self.change(path, lambda text: _with_argument(text, mapper.table, call), code)
        else:
            self._check_args(style)
            self.change(
                path, lambda text: model_source.add_table_argument(text, mapper.name, call), code
            )
        self.imports(path, needs)

    def _check_args(self, style: Style) -> None:
        """Arguments that the class inherits would be lost behind its own."""
        for owner, path, item in self.members(style):
            if "__table_args__" in model_insert.names_of(item):
                if owner == style.mapper.name:
                    return
                raise FixError(
                    f"{style.mapper.name} has its __table_args__ from {owner} ({path}:"
                    f"{item.lineno}), and one of its own would hide them",
                    way_out="Add the constraint there by hand, joined with the inherited ones.",
                )

    def line(self, attribute: Attribute, style: Style) -> tuple[str, int]:
        """Gives the file and the line where an attribute is declared by now."""
        place = attribute.place
        path = place.file if place else style.source.path
        text = self.text(path)
        if style.kind == "table":
            found = _table_column(text, style.mapper.table, attribute.column)
        else:
            found = attribute_line(text, self._owner(path, place.line if place else None, style),
                                     attribute.name)  # fmt: skip
        if found is None:
            raise FixError(
                f"{style.mapper.name}.{attribute.name} is declared in a way that it does not read",
                file=path,
                way_out="Make this change by hand.",
            )
        return path, found

    def _owner(self, path: str, line: int | None, style: Style) -> str:
        """The class that declares an attribute: the model, or a mixin of it."""
        source = self.mapping.source(path)
        for node in ast.walk(source.tree) if source and line else ():
            if not isinstance(node, ast.ClassDef):
                continue
            if node.lineno <= (line or 0) <= (node.end_lineno or node.lineno):
                return node.name
        return style.mapper.name

    def done(self) -> Edited:
        """Gives the edits; files that are as before are no edits."""
        edits = []
        for path, text in self.files.items():
            source = self.mapping.source(path)
            if source is not None and source.text != text:
                edits.append(Edit(path, source.text, text))
        return Edited(tuple(edits), tuple(self.decisions), tuple(self.tables), tuple(self.meant))


def attribute_line(text: str, owner: str, name: str) -> int | None:
    """Gives the line where a class declares an attribute, None where it does not."""
    node = model_syntax.class_named(Source("", text), owner)
    for item in node.body if node else ():
        if isinstance(item, ast.Assign | ast.AnnAssign) and name in model_insert.names_of(item):
            return item.lineno
    return None


def _table_column(text: str, table: str, column: str) -> int | None:
    call = model_insert.table_call(text, table)
    for node in call.args if call else ():
        first = node.args[0] if isinstance(node, ast.Call) and node.args else None
        if isinstance(first, ast.Constant) and first.value == column:
            return node.lineno
    return None


def _with_argument(text: str, table: str, code: str) -> str | None:
    call = model_insert.table_call(text, table)
    if call is None:
        return None
    return model_parts.append_argument(text, call.lineno, ("Table",), code)


def constraint_name(work: Work, table: str, column: str) -> str:
    """Gives a CHECK's name: whole, or the part that the project's convention completes."""
    for source in work.mapping.sources:
        if re.search(r"[\"']ck[\"']\s*:\s*[\"'][^\"']*constraint_name", source.text):
            return column
    return f"ck_{table.rpartition('.')[2]}_{column}"


def removed(text: str, line: int) -> str | None:
    """Gives the text without the statement at a line, nor the comments right above it."""
    lines = text.splitlines(keepends=True)
    above = line - 2
    after = model_splice.without_lines(text, line)
    if after is None:
        return None
    kept = after.splitlines(keepends=True)
    while above >= 0 and lines[above].lstrip().startswith("#"):
        del kept[above]
        above -= 1
    return "".join(kept)
