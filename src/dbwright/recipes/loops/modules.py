"""The modules of an application: which class, function or value a name stands for."""

from __future__ import annotations

import ast
from functools import cached_property

from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.source import Source
from dbwright.recipes.loops.values import Class, Function, Schema, TableOf

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_SCHEMAS = {"BaseModel", "BaseSchema", "SQLModel", "RootModel", "GenericModel"}
_DEEPEST = 4


class Module:
    """One file: its dotted name, what it imports, and what it defines."""

    def __init__(self, source: Source) -> None:
        self.source, self.path = source, source.path
        self.tree = source.tree
        parts = source.path.removesuffix(".py").split("/")
        self.package = parts[-1] == "__init__"
        self.dotted = ".".join(parts[:-1] if self.package else parts)

    @cached_property
    def imports(self) -> dict[str, str]:
        """Names to the dotted names that they import."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for name in node.names:
                    found[name.asname or name.name.partition(".")[0]] = (
                        name.name if name.asname else name.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                for name in node.names:
                    found[name.asname or name.name] = f"{base}.{name.name}"
        return found

    @cached_property
    def defined(self) -> dict[str, Definition]:
        """The classes and functions at the module's top."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return {node.name: node for node in self.tree.body if isinstance(node, kinds)}

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that a node is a part of."""
        return self._parents.get(node)

    def around(self, node: ast.AST) -> Scope:
        """The function around a node, the module where there is none."""
        found = self.parent(node)
        while found is not None and not isinstance(found, Scope):
            found = self.parent(found)
        return self.tree if found is None else found

    def bound(self, name: ast.AST) -> ast.expr | None:
        """What a name is given where it stands alone before `=`, None for any other binding."""
        node = self.parent(name)
        if isinstance(node, ast.Assign):
            return node.value if node.targets == [name] else None
        return node.value if isinstance(node, ast.AnnAssign) and node.target is name else None

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.dotted.split(".")
        keep = len(parts) - node.level + self.package
        return ".".join([*parts[: max(keep, 0)], *([node.module] if node.module else [])])


class Modules:
    """All modules, and the mapped classes that their names may mean."""

    def __init__(self, mapping: Mapping, sources: tuple[Source, ...]) -> None:
        self.mapping = mapping
        self._sources = {source.path: source for source in sources}
        self._modules: dict[str, Module | None] = {}
        self._by_end: dict[str, list[str]] = {}
        for path in self._sources:
            parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
            self._by_end.setdefault(parts[-1], []).append(path)
        self._mappers: dict[str, list[Mapper]] = {}
        for mapper in mapping.mappers:
            self._mappers.setdefault(mapper.name, []).append(mapper)

    def at(self, path: str) -> Module | None:
        """Gives the module of a file, None where it does not parse."""
        if path not in self._modules:
            source = self._sources.get(path)
            try:
                self._modules[path] = Module(source) if source is not None else None
            except (SyntaxError, ValueError, RecursionError):
                self._modules[path] = None
        return self._modules[path]

    def named(self, dotted: str) -> Module | None:
        """Gives the one module of that dotted name, whatever folder the project imports from."""
        found = [
            path
            for path in self._by_end.get(dotted.rpartition(".")[2], ())
            if _dotted(path) == dotted or _dotted(path).endswith(f".{dotted}")
        ]
        return self.at(found[0]) if len(found) == 1 else None

    def means(self, module: Module, name: str) -> object | None:
        """Gives what a name at a module's top means: a class, a function, a schema."""
        return self._means(module, name, _DEEPEST)

    def member(self, dotted: str) -> object | None:
        """Gives what a dotted name means."""
        return self._member(dotted, _DEEPEST)

    def _means(self, module: Module, name: str, left: int) -> object | None:
        node = module.defined.get(name)
        if isinstance(node, ast.ClassDef):
            return self._class_of(module, node)
        if node is not None:
            return Function(node, module.path)
        dotted = module.imports.get(name)
        return self._member(dotted, left) if dotted is not None else self._table(module, name)

    def _member(self, dotted: str, left: int) -> object | None:
        mapper = self.mapping.mapper(dotted)
        if mapper is not None:
            return Class(mapper.qualified)
        base, _, name = dotted.rpartition(".")
        module = self.named(base)
        if module is not None and left and (name in module.defined or name in module.imports):
            found = self._means(module, name, left - 1)
            if found is not None:
                return found
        alike = self._mappers.get(name, [])
        if len(alike) == 1 and _package(alike[0].qualified) == _package(dotted):
            return Class(alike[0].qualified)
        return None

    def _class_of(self, module: Module, node: ast.ClassDef) -> object | None:
        for mapper in self._mappers.get(node.name, ()):
            if mapper.place is not None and mapper.place.file == module.path:
                return Class(mapper.qualified)
        return Schema(module.path, node.name) if self.is_schema(module, node) else None

    def is_schema(self, module: Module, node: ast.ClassDef, left: int = _DEEPEST) -> bool:
        """Whether a class is one of pydantic's."""
        for base in node.bases:
            name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
            if name in _SCHEMAS:
                return True
            found = self.class_node(module, name) if left else None
            if found is not None and found[1] is not node and self.is_schema(*found, left - 1):
                return True
        return False

    def class_node(self, module: Module, name: str) -> tuple[Module, ast.ClassDef] | None:
        """Gives the definition of a class that a module knows by a name."""
        node = module.defined.get(name)
        if isinstance(node, ast.ClassDef):
            return module, node
        dotted = module.imports.get(name)
        if dotted is None:
            return None
        base, _, last = dotted.rpartition(".")
        other = self.named(base)
        node = other.defined.get(last) if other is not None else None
        return (other, node) if other is not None and isinstance(node, ast.ClassDef) else None

    def mapped_node(self, class_: str) -> tuple[Module, ast.ClassDef] | None:
        """Gives the definition of a mapped class."""
        mapper = self.mapping.mapper(class_)
        module = self.at(mapper.place.file) if mapper is not None and mapper.place else None
        node = module.defined.get(mapper.name) if mapper and module is not None else None
        return (module, node) if module is not None and isinstance(node, ast.ClassDef) else None

    def _table(self, module: Module, name: str) -> object | None:
        """A table that the module makes: `name = Table("key", …)`."""
        for node in module.tree.body:
            if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
                continue
            func, targets = node.value.func, node.targets
            called = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            if called == "Table" and isinstance(targets[0], ast.Name) and targets[0].id == name:
                first = node.value.args[0] if node.value.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    table = self.mapping.schema.table(first.value)
                    return TableOf(table.key) if table is not None else None
        return None


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _package(dotted: str) -> str:
    return dotted.partition(".")[0]
