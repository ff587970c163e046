"""Draft: edits of one or more model files that belong to one fix, all or none."""

from __future__ import annotations

import ast
import difflib
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import libcst as cst

from dbwright.core.finding import Edit, Fix, Location
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.recipes import model_parts, model_source, model_splice

Change = Callable[[str], str | None]
_LAST = -1


@dataclass(frozen=True, slots=True)
class _Change:
    """One edit of a file; `line` orders them from the bottom up, imports come last of all."""

    path: str
    line: int
    apply: Change


@dataclass(frozen=True, slots=True)
class Draft:
    """Edits to make. Each method gives the draft with one edit more.

    One that cannot be made spoils the whole draft: then the fix has code and no edits.
    """

    mapping: Mapping
    changes: tuple[_Change, ...] = ()
    spoiled: bool = field(default=False)

    def change(self, place: Place | Location | None, apply: Change) -> Draft:
        """Adds an edit of the place's file."""
        if place is None or place.file is None or self.mapping.source(place.file) is None:
            return replace(self, spoiled=True)
        new = _Change(place.file, place.line or 0, apply)
        return replace(self, changes=(*self.changes, new))

    def keyword(
        self,
        place: Place | Location | None,
        keyword: str,
        value: str | None,
        calls: Sequence[str] = model_source.COLUMN_CALLS,
    ) -> Draft:
        """Sets a keyword of the call at the place; None takes it away."""
        line = place.line if place else None
        if place is None or line is None:
            return replace(self, spoiled=True)
        drafted = self.change(
            place, lambda text: model_source.set_keyword(text, line, calls, keyword, value)
        )
        return drafted._needing(place, "mapped_column") if "mapped_column" in calls else drafted

    def argument(
        self,
        place: Place | Location | None,
        code: str,
        calls: Sequence[str] = model_source.COLUMN_CALLS,
    ) -> Draft:
        """Puts a positional argument behind the last one of the call at the place."""
        line = place.line if place else None
        if place is None or line is None:
            return replace(self, spoiled=True)
        drafted = self.change(
            place, lambda text: model_parts.append_argument(text, line, calls, code)
        )
        return drafted._needing(place, "mapped_column") if "mapped_column" in calls else drafted

    def called_later(
        self, place: Place | Location | None, keyword: str, change: model_parts.Expressions
    ) -> Draft:
        """Changes a keyword's value in the column's call at the place."""
        line = place.line if place else None
        if place is None or line is None:
            return replace(self, spoiled=True)
        calls = model_source.COLUMN_CALLS
        return self.change(
            place, lambda text: model_parts.change_keyword(text, line, calls, keyword, change)
        )

    def annotation(self, place: Place | Location | None, annotation: str) -> Draft:
        """Replaces the annotation at the place, keeping `Mapped[…]` around it."""
        line = place.line if place else None
        if place is None or line is None:
            return replace(self, spoiled=True)
        return self.change(place, lambda text: _annotated(text, line, annotation))

    def column_type(
        self, place: Place | Location | None, old: Sequence[str], new: str, *imports: str
    ) -> Draft:
        """Sets the type in the column's call at the place."""
        line = place.line if place else None
        if place is None or line is None:
            return replace(self, spoiled=True)
        drafted = self.change(place, lambda text: model_parts.set_type(text, line, old, new))
        drafted = drafted._needing(place, "mapped_column")
        return drafted.imports(place, "sqlalchemy", *imports) if imports else drafted

    def table_argument(self, table: str, element: str, *imports: str) -> Draft:
        """Adds an element to the table's `__table_args__`, or to its Table() call."""
        element = _on_lines(element)
        found = self.mapping.schema.table(table)
        mappers = self.mapping.mappers_of(table)
        if found is None:
            return replace(self, spoiled=True)
        if mappers:
            name, place = mappers[0].name, mappers[0].place
            drafted = self.change(
                replace(place, line=0) if place else None,
                lambda text: model_source.add_table_argument(text, name, element),
            )
        else:
            place = found.place
            drafted = self._table_call(place, element)
        return drafted.imports(place, "sqlalchemy", *imports) if imports else drafted

    def _table_call(self, place: Place | None, element: str) -> Draft:
        line = place.line if place else None
        if place is None or line is None:
            return replace(self, spoiled=True)
        return self.change(
            place, lambda text: model_parts.append_argument(text, line, ("Table",), element)
        )

    def imports(self, place: Place | Location | None, module: str, *names: str) -> Draft:
        """Adds `from module import names` to the place's file, `import module` without names."""
        if place is None or place.file is None:
            return replace(self, spoiled=True)
        missing = Place(place.file, _LAST)
        return self.change(missing, lambda text: _imported(text, module, names))

    def _needing(self, place: Place | Location, name: str) -> Draft:
        last = Place(place.file or "", _LAST)
        return self.change(last, lambda text: _with_orm_import(text, name))

    def fix(
        self,
        title: str,
        *,
        otherwise: str,
        migration: str = "",
        safety: Literal["safe", "unsafe"] = "unsafe",
    ) -> Fix:
        """Gives the fix; `otherwise` is the code for the reader where no edit could be made."""
        edits = self.edits()
        code = "\n".join(filter(None, map(_changed, edits))) or otherwise
        if migration:
            code = f"{code}\n# and in a revision of its own:\n{migration}"
        return Fix(title, code, safety, edits)

    def edits(self) -> tuple[Edit, ...]:
        """Gives the final contents of each file; none when one edit could not be made."""
        if self.spoiled or not self.changes:
            return ()
        made: list[Edit] = []
        for path in dict.fromkeys(change.path for change in self.changes):
            before = self.mapping.source(path)
            text = before.text if before else ""
            mine = [change for change in self.changes if change.path == path]
            for change in sorted(mine, key=lambda item: -item.line):
                after = change.apply(text)
                if after is None:
                    return ()
                text = after
            if before is not None and text != before.text:
                made.append(Edit(path, before.text, text))
        return tuple(made)


def _on_lines(element: str) -> str:
    """Gives a long call with each argument on a line of its own."""
    call = cst.parse_expression(element)
    if len(element) < 88 or not isinstance(call, cst.Call):
        return element
    bare = [item.with_changes(comma=cst.MaybeSentinel.DEFAULT) for item in call.args]
    lines = "".join(f"            {cst.Module([]).code_for_node(item)},\n" for item in bare)
    return f"{model_source.call_name(call)}(\n{lines}        )"


def _annotated(text: str, line: int, annotation: str) -> str | None:
    lines = text.splitlines()
    wrapped = any("Mapped[" in item for item in lines[line - 1 : line + 2])
    whole = f"Mapped[{annotation}]" if wrapped else annotation
    return model_source.replace_annotation(text, line, whole)


def _star(text: str, module: str) -> bool:
    return f"from {module} import *" in text


def _imported(text: str, module: str, names: Sequence[str]) -> str | None:
    if _star(text, module):
        return text
    return model_source.add_import(text, module, *names)


def _with_orm_import(text: str, name: str) -> str:
    """A call that an edit wrote needs its import; one that stood there has it."""
    bare = f"{name}(" in text.replace(f".{name}(", "")
    if not bare or _star(text, "sqlalchemy.orm") or f"import {name}" in text:
        return text
    if any(name in line for line in text.splitlines() if "import" in line):
        return text
    if re.search(rf"^\s*from [\w.]+ import \([^)]*\b{name}\b", text, re.MULTILINE):
        return text
    return model_source.add_import(text, "sqlalchemy.orm", name)


def _changed(edit: Edit) -> str:
    """Gives the statements of a file that an edit changed, imports apart."""
    after = (edit.after or "").splitlines()
    lines = _changed_lines((edit.before or "").splitlines(), after)
    texts: list[str] = []
    done = 0
    for line in sorted(lines):
        if line <= done:
            continue
        first, done = model_splice.block(edit.after or "", line)
        own = {number - first + 1 for number in lines if first <= number <= done}
        for node in _shown(_body("\n".join(after[first - 1 : done])), own):
            end = (node.end_lineno or node.lineno) + first - 1
            texts.append(textwrap.dedent("\n".join(after[node.lineno + first - 2 : end])))
    return "\n".join(texts)


def _changed_lines(before: list[str], after: list[str]) -> set[int]:
    """The numbers of the lines that are not as before; equal ends are not compared twice."""
    low = 0
    while low < min(len(before), len(after)) and before[low] == after[low]:
        low += 1
    high = 0
    most = min(len(before), len(after)) - low
    while high < most and before[-1 - high] == after[-1 - high]:
        high += 1
    old, new = before[low : len(before) - high], after[low : len(after) - high]
    found: set[int] = set()
    for start, mine, theirs in _different(old, new):
        matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
        found |= {
            low + start + number + 1
            for tag, _, _, first, end in matcher.get_opcodes()
            if tag != "equal"
            for number in range(first, max(end, first + 1))
        }
    return {number for number in found if number <= len(after)}


def _different(old: list[str], new: list[str]) -> Iterator[tuple[int, list[str], list[str]]]:
    """The parts that differ, each with its place in `new`: whole blocks are compared first.

    Line by line a file of many like classes costs the square of its length.
    """
    mine, theirs = _blocks(old), _blocks(new)
    ends = list(itertools.accumulate(map(len, theirs), initial=0))
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    for tag, low, high, start, end in matcher.get_opcodes():
        if tag != "equal":
            yield ends[start], [*itertools.chain(*mine[low:high])], new[ends[start] : ends[end]]


def _blocks(lines: list[str]) -> list[tuple[str, ...]]:
    """The lines cut before each that begins at the left margin."""
    starts = [n for n, line in enumerate(lines) if n == 0 or line[:1] not in ("", " ", "\t")]
    return [tuple(lines[a:b]) for a, b in itertools.pairwise([*starts, len(lines)])]


def _body(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except SyntaxError:
        return []


def _shown(body: Sequence[ast.stmt], lines: set[int]) -> list[ast.stmt]:
    """Gives the statements that hold changed lines; a class only where all of it is new."""
    found: list[ast.stmt] = []
    for node in body:
        own = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if not own & lines or isinstance(node, ast.Import | ast.ImportFrom):
            continue
        inner = getattr(node, "body", None)
        if isinstance(inner, list) and not own <= lines:
            found += _shown(inner, lines)
        else:
            found.append(node)
    return found
