"""Which annotations of a project hold no SQL: its enums, its checked texts, its classes' fields."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field

from dbwright.core.source import Source
from dbwright.recipes import model_syntax
from dbwright.recipes.model_syntax import dotted

_SAFE = {
    "int", "float", "bool", "Decimal", "UUID", "UUID1", "UUID4", "date", "datetime", "timedelta",
    "Literal", "Table", "Column", "type", "Type", "MetaData", "Enum", "Session", "AsyncSession",
    "Connection", "Engine", "PositiveInt", "NonNegativeInt", "conint", "IPv4Address", "time",
}  # fmt: skip
_TEXTS = {"str", "Any", "dict", "Dict", "Mapping", "object", "bytes"}
_CHECKS = {"Predicate", "AfterValidator", "BeforeValidator", "WrapValidator"}


@dataclass(slots=True)
class Types:
    """What the project's files call types: enums, aliases, the annotated fields of classes."""

    enums: set[str] = field(default_factory=set)
    aliases: dict[str, ast.expr] = field(default_factory=dict)
    fields: dict[str, dict[str, tuple[ast.expr, ast.expr | None]]] = field(default_factory=dict)

    def holds_no_sql(
        self, annotation: ast.expr | None, default: ast.expr | None = None, deep: int = 3
    ) -> bool:
        """Whether values of that type cannot hold SQL; a plain str or no annotation can."""
        if checks(default):
            return True
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = _parsed(annotation.value)
        if annotation is None:
            return False
        if any(checks(node) for node in ast.walk(annotation) if isinstance(node, ast.Call)):
            return True
        names = {dotted(node).rpartition(".")[2] for node in ast.walk(annotation)} - {""}
        if "Literal" in names:
            return True
        if _TEXTS & names:
            return False
        followed = deep and any(
            self.holds_no_sql(self.aliases[name], None, deep - 1)
            for name in names & self.aliases.keys()
        )
        return bool(names & (_SAFE | self.enums)) or bool(followed)

    def of_attribute(self, annotation: ast.expr | None, attribute: str) -> bool:
        """Whether a class of the annotation declares the attribute as holding no SQL."""
        found = self._declared(annotation, attribute)
        return bool(found) and all(self.holds_no_sql(*declared) for declared in found)

    def brings(self, annotation: ast.expr | None, attribute: str) -> bool:
        """Whether a class of the annotation declares the attribute, and no column of a table."""
        found = self._declared(annotation, attribute)
        return any("Mapped" not in ast.unparse(declared) for declared, _ in found)

    def _declared(
        self, annotation: ast.expr | None, attribute: str
    ) -> list[tuple[ast.expr, ast.expr | None]]:
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = _parsed(annotation.value)
        nodes = list(ast.walk(annotation)) if annotation is not None else []
        names = {dotted(node).rpartition(".")[2] for node in nodes}
        owners = [self.fields[name] for name in names if name in self.fields]
        return [owner[attribute] for owner in owners if attribute in owner]


def of(sources: Iterable[Source]) -> Types:
    """Gives what the files call types."""
    found = Types()
    for source in sources:
        one = _of_file(source.text)
        found.enums |= one.enums
        found.aliases |= one.aliases
        found.fields |= one.fields
    return found


@functools.lru_cache(maxsize=4096)
def _of_file(text: str) -> Types:
    found = Types()
    for source in model_syntax.readable([Source("", text)]):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                _class(node, found)
        for node in source.tree.body:
            name = getattr(node, "name", None)
            if type(node).__name__ == "TypeAlias" and isinstance(name, ast.Name):
                found.aliases[name.id] = getattr(node, "value")  # noqa: B009
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                _alias(node, found)
    return found


def _class(node: ast.ClassDef, found: Types) -> None:
    if any(dotted(base).endswith(("Enum", "Choices")) for base in node.bases):
        found.enums.add(node.name)
    found.fields[node.name] = {
        item.target.id: (item.annotation, item.value)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


def _alias(node: ast.Assign | ast.AnnAssign, found: Types) -> None:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    if isinstance(target, ast.Name) and isinstance(node.value, ast.Subscript | ast.BinOp):
        found.aliases[target.id] = node.value


def checks(node: ast.expr | None) -> bool:
    """Whether it is a `Query(pattern=…)`, `Field(regex=…)` or `Predicate(…)`."""
    if not isinstance(node, ast.Call):
        return False
    given = {word.arg for word in node.keywords}
    return bool(given & {"pattern", "regex"}) or dotted(node.func).rpartition(".")[2] in _CHECKS


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
