"""How a class of models is written, so that what is added reads as if its author had added it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.source import Source
from dbwright.recipes import model_syntax

Kind = Literal["typed", "dataclass", "column", "sqlmodel", "table"]
COLUMNS = ("mapped_column", "Column", "Field")
RELATIONS = ("relationship", "Relationship")
SHORTEST, LONGEST = 88, 120
_MAPPED = ("Mapped", "WriteOnlyMapped", "DynamicMapped")


@dataclass(frozen=True)
class Style:
    """The habits of one model's source: `kind` is how its columns are declared.

    `column` and `relationship` are the calls as the class spells them (`db.Column`), `types` what
    stands in front of a type's name (`sa.`).
    """

    kind: Kind
    mapper: Mapper
    mapping: Mapping
    source: Source
    node: ast.ClassDef | None
    column: str
    relationship: str
    types: str

    @property
    def is_typed(self) -> bool:
        """Whether attributes have annotations."""
        return self.kind in ("typed", "dataclass", "sqlmodel")

    @cached_property
    def width(self) -> int:
        """How long lines of the file may be."""
        longest = max((len(line) for line in self.source.text.splitlines()), default=0)
        return min(max(longest, SHORTEST), LONGEST)

    @cached_property
    def quote(self) -> str:
        """The quotes that the file prefers."""
        text = self.source.text
        return "'" if text.count("'") > 2 * text.count('"') else '"'

    @cached_property
    def writes_nullable(self) -> bool:
        """Whether nullable columns say so though they need not."""
        text = self.source.text
        return self.kind in ("column", "table") and "nullable=True" in text

    @cached_property
    def annotation_map(self) -> dict[str, str]:
        """What the declarative base maps Python's types to: `{"str": "Text"}`."""
        for source in model_syntax.readable(self.mapping.sources):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
                    node.value, ast.Dict
                ):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    if [model_syntax.dotted(item) for item in targets] == ["type_annotation_map"]:
                        pairs = zip(node.value.keys, node.value.values, strict=True)
                        return {ast.unparse(k): ast.unparse(v) for k, v in pairs if k}
        return {}

    @cached_property
    def has_bare(self) -> bool:
        """Whether the file has attributes without a call: `bio: Mapped[str | None]`."""
        bare = (
            isinstance(item, ast.AnnAssign) and item.value is None and is_mapped(item)
            for item in ast.walk(self.source.tree)
        )
        called = re.search(r"mapped_column\(\)", self.source.text)
        return any(bare) or called is None

    @cached_property
    def future(self) -> bool:
        """Whether annotations are not evaluated, so that names need no quotes."""
        return "from __future__ import annotations" in self.source.text

    @cached_property
    def relative(self) -> bool:
        """Whether the file imports its neighbours by relative imports."""
        return any(isinstance(n, ast.ImportFrom) and n.level for n in ast.walk(self.source.tree))

    def named(self, name: str, module: str = "sqlalchemy") -> tuple[str, tuple[str, str] | None]:
        """Gives how the file spells a thing of SQLAlchemy, and the import that it still needs."""
        tree = self.source.tree
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                for alias in node.names:
                    if alias.name == name and node in tree.body:
                        return alias.asname or name, None
        if module == "sqlalchemy" and self.types:
            return f"{self.types}{name}", None
        for node in tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == "sqlalchemy" and module == "sqlalchemy" and alias.asname:
                        return f"{alias.asname}.{name}", None
        return name, (module, name)


def style_of(mapping: Mapping, mapper: Mapper) -> Style | None:
    """Gives the habits of a model's source; None where it stands in no file that was read."""
    place = mapper.place
    source = mapping.source(place.file) if place else None
    table = mapping.schema.table(mapper.table)
    if source is None or source not in [*model_syntax.readable([source])]:
        return None
    node = model_syntax.class_named(source, mapper.name)
    kind = _kind(mapping, source, node)
    if kind == "table" and table is not None and table.place is not None:
        source = mapping.source(table.place.file) or source
    column, relation = _calls(source, node, kind)
    return Style(kind, mapper, mapping, source, node, column, relation, _types(source, column))


def _kind(mapping: Mapping, source: Source, node: ast.ClassDef | None) -> Kind:
    if node is None or _has_no_columns(node, mapping, source):
        return "table"
    if any(keyword.arg == "table" for keyword in node.keywords):
        return "sqlmodel"
    if _is_dataclass(mapping, node, set()):
        return "dataclass"
    typed = any(isinstance(item, ast.AnnAssign) and is_mapped(item) for item in node.body)
    plain = any(isinstance(item, ast.Assign) and call_in(item, COLUMNS) for item in node.body)
    if typed or not plain:
        other = "Mapped[" in source.text or any("Mapped[" in s.text for s in mapping.sources)
        return "typed" if typed or other else "column"
    return "column"


def _has_no_columns(node: ast.ClassDef, mapping: Mapping, source: Source) -> bool:
    """Whether the class is mapped by a Table: it has no base that maps, or a `__table__`."""
    if any(isinstance(item, ast.Assign) and _target(item) == "__table__" for item in node.body):
        return True
    imperative = re.search(rf"map_imperatively\(\s*{re.escape(node.name)}\b", source.text)
    return imperative is not None


def _is_dataclass(mapping: Mapping, node: ast.ClassDef, seen: set[str]) -> bool:
    seen.add(node.name)
    marks = [ast.unparse(item) for item in node.decorator_list]
    if any("mapped_as_dataclass" in mark for mark in marks):
        return True
    for base in node.bases:
        name = model_syntax.dotted(base).rpartition(".")[2]
        if name == "MappedAsDataclass":
            return True
        if name in seen:
            continue
        for source in model_syntax.readable(mapping.sources):
            found = model_syntax.class_named(source, name)
            if found is not None and _is_dataclass(mapping, found, seen):
                return True
    return False


def _calls(source: Source, node: ast.ClassDef | None, kind: Kind) -> tuple[str, str]:
    """The calls as the class, else the file, spells them."""
    plain = {"sqlmodel": ("Field", "Relationship"), "column": ("Column", "relationship")}
    column, relation = plain.get(kind, ("mapped_column", "relationship"))
    column = "Column" if kind == "table" else column
    for root in (source.tree, node):  # what the class itself does counts more
        for item in ast.walk(root) if root is not None else ():
            if isinstance(item, ast.Call):
                dotted = model_syntax.dotted(item.func)
                last = dotted.rpartition(".")[2].lstrip("_")  # _Column is Column by another name
                column = dotted if last == column.rpartition(".")[2].lstrip("_") else column
                relation = dotted if last == relation.rpartition(".")[2] else relation
    return column, relation


def _types(source: Source, column: str) -> str:
    """What stands in front of types: `sa.` of `sa.String`, `db.` of `db.Column`."""
    if re.search(r"\bdb\.(?:String|Integer|Text|DateTime|Boolean)\b", source.text):
        return "db."
    bare = re.search(r"(?<![\w.])(?:String|Integer|Text|DateTime|Boolean|Numeric)\b", source.text)
    if re.search(r"\bsa\.(?:String|Integer|Text|DateTime|Boolean|ForeignKey)\b", source.text):
        return "" if bare else "sa."
    return ""


def is_mapped(item: ast.AnnAssign) -> bool:
    """Whether an annotation is `Mapped[…]`."""
    found = item.annotation
    if isinstance(found, ast.Constant) and isinstance(found.value, str):
        return found.value.startswith("Mapped[")
    inner = found.value if isinstance(found, ast.Subscript) else found
    return model_syntax.dotted(inner).rpartition(".")[2] in _MAPPED


def call_in(item: ast.stmt, names: tuple[str, ...]) -> ast.Call | None:
    """Gives the call of one of these names that a statement assigns."""
    value = getattr(item, "value", None)
    for node in ast.walk(value) if isinstance(value, ast.AST) else ():
        called = node.func if isinstance(node, ast.Call) else node
        name = model_syntax.dotted(called).rpartition(".")[2].lstrip("_")
        if isinstance(node, ast.Call) and name in names:
            return node
    return None


def columns_in(node: ast.ClassDef) -> Iterator[ast.stmt]:
    """Yields the statements of a class that declare columns."""
    for item in node.body:
        if isinstance(item, ast.Assign | ast.AnnAssign) and not call_in(item, RELATIONS):
            name = _target(item)
            bare = isinstance(item, ast.AnnAssign) and name and not name.startswith("_")
            relation = bare and _is_relation(item)
            if (call_in(item, COLUMNS) or bare) and not relation:
                yield item


def _is_relation(item: ast.stmt) -> bool:
    value = getattr(item, "value", None)
    return isinstance(value, ast.Call) and "relationship" in ast.unparse(value.func).lower()


def relations_in(node: ast.ClassDef) -> Iterator[ast.stmt]:
    """Yields the statements of a class that declare relationships."""
    for item in node.body:
        if isinstance(item, ast.Assign | ast.AnnAssign) and call_in(item, RELATIONS):
            yield item


def _target(item: ast.stmt) -> str:
    targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
    return targets[0].id if targets and isinstance(targets[0], ast.Name) else ""
