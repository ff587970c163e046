"""Where classes, attributes, tables and columns stand, read from the syntax trees once a file."""

from __future__ import annotations

import ast
import functools
import linecache
import os
import sys
import weakref
from typing import Any

from . import frames

Placed = dict[str, Any]


class Member:
    """One name that a class body sets: its line, its annotation's text and its value."""

    def __init__(self, line: int, annotation: str | None, value: ast.AST | None) -> None:
        self.line = line
        self.annotation = annotation
        self.value = value


class ClassSource:
    """A class statement: its line, its names, its `__table_args__` calls."""

    def __init__(self, node: ast.ClassDef) -> None:
        self.line = node.lineno
        self.node = node
        self.members: dict[str, Member] = {}
        for item in node.body:
            self._add(item)

    def _add(self, item: ast.stmt) -> None:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            text = ast.unparse(item.annotation)
            self.members[item.target.id] = Member(item.lineno, text, item.value)
        elif isinstance(item, ast.Assign):
            for target in item.targets:
                if isinstance(target, ast.Name):
                    self.members[target.id] = Member(item.lineno, None, item.value)
        elif isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.unparse(item.returns) if item.returns else None
            self.members[item.name] = Member(item.lineno, text, item)


class File:
    """What one file declares."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.classes: dict[str, ClassSource] = {}
        self.tables: dict[str, ast.Call] = {}
        self.functions: dict[int, Any] = {}
        self.mapped: dict[tuple[str, str], int] = {}
        text = "".join(linecache.getlines(path))
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return
        self._walk(tree, "", "Table" in text)
        if "map_imperatively" in text:
            self._note_mapped(tree)

    def _walk(self, node: ast.AST, prefix: str, has_tables: bool) -> None:
        """Reads the statements of a block; expressions are looked into where they may make tables.

        Most nodes of a module are expressions, and declare nothing.
        """
        for child in _block(node):
            if isinstance(child, ast.ClassDef):
                self.classes[prefix + child.name] = ClassSource(child)
                self._walk(child, f"{prefix}{child.name}.", has_tables)
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = child.decorator_list[0].lineno if child.decorator_list else child.lineno
                self.functions[first] = child
                self._walk(child, f"{prefix}{child.name}.<locals>.", has_tables)
            else:
                if has_tables:
                    self._note_tables(child)
                self._walk(child, prefix, has_tables)

    def _note_tables(self, node: ast.AST) -> None:
        for item in ast.walk(node):
            if isinstance(item, ast.Call) and _called(item) == "Table":
                name = _text(item.args[0]) if item.args else None
                if name:
                    self.tables.setdefault(name, item)

    def _note_mapped(self, tree: ast.AST) -> None:
        """Takes down the line of each property that map_imperatively() names."""
        for item in ast.walk(tree):
            if not isinstance(item, ast.Call) or _called(item) != "map_imperatively":
                continue
            name = getattr(item.args[0], "id", None) if item.args else None
            given = [word.value for word in item.keywords if word.arg == "properties"]
            for held in given if name else ():
                for key, value in zip(getattr(held, "keys", ()), getattr(held, "values", ())):
                    text = _text(key) if key is not None else None
                    if text:
                        self.mapped[name, text] = value.lineno


def _block(node: ast.AST) -> list[ast.AST]:
    """Gives the statements that stand directly in a node, in their order."""
    found: list[ast.AST] = []
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        inside = getattr(node, name, None)
        if isinstance(inside, list):
            found += inside
    return found


_files: dict[str, File] = {}
# per node, which is kept so that its id stays its own
_calls: dict[int, tuple[ast.AST, dict[tuple[str, str], tuple[int, int]]]] = {}
_table_places: Any = weakref.WeakKeyDictionary()


def forget() -> None:
    """Empties what is known of files."""
    _files.clear()
    _calls.clear()


def read(path: str) -> File:
    """Gives a file's declarations, parsed once."""
    found = _files.get(path)
    if found is None:
        found = _files[path] = File(path)
    return found


def watch_tables() -> None:
    """Notes for each Table that is made which line of the project makes it."""
    from sqlalchemy import Table, event

    def made(table: Any, metadata: Any) -> None:
        place = frames.caller(sys._getframe(1))
        if place:
            _table_places[table] = place

    event.listen(Table, "after_parent_attach", made)


def _called(node: ast.Call) -> str:
    function = node.func
    return getattr(function, "attr", None) or getattr(function, "id", "")


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def class_source(cls: type) -> tuple[str, ClassSource] | None:
    """Gives the file and the statement of a class, or None when it has no source."""
    module = sys.modules.get(cls.__module__)
    path = getattr(module, "__file__", None)
    if not path:
        return None
    found = read(path).classes.get(cls.__qualname__)
    return (path, found) if found else None


def of_class(cls: type) -> Placed | None:
    """Gives the place of a class statement."""
    found = class_source(cls)
    return _place(found[0], found[1].line) if found else None


def member(cls: type, name: str) -> tuple[Placed, Member] | None:
    """Gives the place and source of the attribute, in the class or the first base that has it."""
    for base in cls.__mro__:
        found = class_source(base)
        if found and name in found[1].members:
            source = found[1].members[name]
            return _place(found[0], source.line), source
    return None


def imperative(cls: type, table: Any, name: str) -> Placed | None:
    """Gives the place of a property that map_imperatively() names, beside the class or table."""
    paths = [getattr(sys.modules.get(cls.__module__), "__file__", None)]
    place = of_table(table)
    paths += [os.path.join(frames.current.root, place["file"])] if place else []
    for path in filter(None, paths):
        line = read(path).mapped.get((cls.__name__, name))
        if line is not None:
            return _place(path, line)
    return None


def of_table(table: Any) -> Placed | None:
    """Gives the place of the Table() call or of the class that made the table."""
    return _table_places.get(table)  # type: ignore[no-any-return]


def table_call(table: Any) -> tuple[str, ast.Call] | None:
    """Gives the file and the Table() call that made the table."""
    place = of_table(table)
    if not place:
        return None
    path = os.path.join(frames.current.root, place["file"])
    call = read(path).tables.get(table.name)
    return (path, call) if call else None


def inside(path: str, node: ast.AST | None, calls: tuple[str, ...], name: str) -> Placed | None:
    """Gives the place of a call such as Column("name") or Index("name") beneath a node."""
    known = _calls_in(node) if node is not None else {}
    found = [known[call, name] for call in calls if (call, name) in known]
    return _place(path, min(found)[1]) if found else None


def _calls_in(node: ast.AST) -> dict[tuple[str, str], tuple[int, int]]:
    """Gives per called name and text the first call there: its number in the walk and its line."""
    kept = _calls.get(id(node))
    if kept is None:
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for number, item in enumerate(ast.walk(node)):
            if isinstance(item, ast.Call):
                texts = [_text(argument) for argument in item.args]
                texts += [_text(word.value) for word in item.keywords if word.arg == "name"]
                for text in texts:
                    if text is not None:
                        found.setdefault((_called(item), text), (number, item.lineno))
        kept = _calls[id(node)] = (node, found)
    return kept[1]


def _place(path: str, line: int) -> Placed:
    return {"file": frames.relative(path), "line": line}


def inner_annotation(text: str | None) -> str | None:
    """Gives what stands inside Mapped[…], or the plain annotation."""
    if text is None:
        return None
    text = text.strip("'\"")
    head, bracket, rest = text.partition("[")
    name = head.rpartition(".")[2]
    if bracket and name in ("Mapped", "DynamicMapped", "WriteOnlyMapped", "declared_attr"):
        return inner_annotation(rest[:-1])
    return text


@functools.lru_cache(maxsize=4096)
def is_optional(annotation: str | None) -> bool | None:
    """Whether an annotation admits None; None without an annotation."""
    if annotation is None:
        return None
    try:
        node = ast.parse(annotation, mode="eval").body
    except SyntaxError:
        return None
    return _admits_none(node)


def _admits_none(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return bool(is_optional(node.value))
        return node.value is None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _admits_none(node.left) or _admits_none(node.right)
    if isinstance(node, ast.Subscript):
        name = getattr(node.value, "attr", None) or getattr(node.value, "id", "")
        if name == "Optional":
            return True
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Union":
            return any(_admits_none(item) for item in items)
        return name == "Annotated" and _admits_none(items[0])
    return False
