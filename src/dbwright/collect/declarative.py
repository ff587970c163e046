"""Whether Python of an unknown writer only declares models, or only works on Alembic's `op`.

All that is in the code is looked at; what is not on the lists is refused, whatever it would do.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import sqlalchemy
import sqlglot
from sqlglot import exp

MODULES = {
    "__future__", "alembic", "datetime", "decimal", "enum", "sqlalchemy", "sqlalchemy.orm",
    "sqlalchemy.sql", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.sqlite", "typing", "uuid",
}  # fmt: skip
_NOT_IMPORTED = {
    "create_engine", "create_mock_engine", "create_async_engine", "engine_from_config", "Engine",
    "create_pool_from_url", "event", "inspect", "context", "config", "command", "Session",
    "sessionmaker", "scoped_session", "reconstructor", "registry", "PickleType", "exc", "types",
    "custom_op", "TypeDecorator", "UserDefinedType", "get_type_hints", "ForwardRef", "Pool",
    "make_url", "URL", "Connection", "testing", "util", "engine", "pool", "ext", "log",
}  # fmt: skip
_OPERATIONS = {
    "add_column", "alter_column", "batch_alter_table", "bulk_insert", "create_check_constraint",
    "create_exclude_constraint", "create_foreign_key", "create_index", "create_primary_key",
    "create_table", "create_table_comment", "create_unique_constraint", "drop_column",
    "drop_constraint", "drop_index", "drop_table", "drop_table_comment", "execute", "f",
    "get_context", "rename_table",
}  # fmt: skip
_METHODS = {"autocommit_block", "label", "asc", "desc", "is_", "is_not", "in_", "values", "where",
            "now", "hex", "with_variant", "update", "insert", "delete", "columns"}  # fmt: skip
_FUNCTIONS = {"upgrade", "downgrade"}
_NODES = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef, ast.arguments,
    ast.Assign, ast.AnnAssign, ast.Expr, ast.Call, ast.keyword, ast.Constant, ast.Name,
    ast.Attribute, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Subscript, ast.BinOp, ast.BitOr,
    ast.BitAnd, ast.UnaryOp, ast.USub, ast.Invert, ast.Not, ast.Compare, ast.cmpop, ast.With,
    ast.withitem, ast.Pass, ast.Return, ast.Load, ast.Store,
)  # fmt: skip
_DUNDERS = {
    "__tablename__", "__table_args__", "__mapper_args__", "__abstract__", "__allow_unmapped__",
}  # fmt: skip
_BUILTINS = {"str", "int", "float", "bool", "bytes", "list", "dict", "set", "tuple", "None", "True",
             "False", "object"}  # fmt: skip
_CONSTANTS = {"datetime.timezone.utc", "datetime.datetime.now", "datetime.date.today"}
_STATEMENTS = (
    exp.Insert, exp.Update, exp.Delete, exp.Create, exp.Alter, exp.Drop, exp.Query, exp.Comment,
    exp.TruncateTable,
)  # fmt: skip
LONGEST = 50_000


def why_not_declarative(code: str) -> str:
    """Gives why code is not run, "" where all that it does is declare or operate."""
    if len(code) > LONGEST:
        return f"it has more than {LONGEST:,} characters"
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"it is no Python: {type(error).__name__}"
    return next(_Reader(tree).problems(), "")


def revision_of(code: str) -> str:
    """Gives the `revision` of a revision's code where it is a plain word, else ""."""
    for node in ast.parse(code).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == "revision":
            text = value.value if isinstance(value, ast.Constant) else None
            return str(text) if _plain(text) else ""
    return ""


def _is_dialect(module: str, name: str) -> bool:
    """Whether it is one of the packages of dialects, whose types are taken."""
    return name in ("postgresql", "mysql", "sqlite") and module == "sqlalchemy.dialects"


def _plain(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.replace("_", "").isalnum()


class _Reader:
    """One reading: the names that the code has from elsewhere, and what is wrong with it."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.known: dict[str, Any] = {}
        self.own: set[str] = set()
        self.classes: set[str] = set()
        self.roots = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}

    def problems(self) -> Iterator[str]:
        """Yields what is not on the lists."""
        for node in ast.walk(self.tree):
            if not isinstance(node, _NODES):
                yield f"line {getattr(node, 'lineno', 1)}: {type(node).__name__} is not taken"
                return
            yield from self._imported(node)
            self._named(node)
        for node in ast.walk(self.tree):
            yield from self._looked_at(node)

    def _imported(self, node: ast.AST) -> Iterator[str]:
        names = node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else []
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: a relative import"
        for alias in names:
            source = module or alias.name
            dialects = source == "sqlalchemy.dialects" and _is_dialect(source, alias.name)
            if not dialects and (source not in MODULES or (not module and "." in source)):
                yield f"line {alias.lineno}: {source} is not taken"
                return
            found: Any = importlib.import_module(source)
            if alias.name == "*":
                yield f"line {alias.lineno}: a star"
            elif module:
                is_dialect = _is_dialect(module, alias.name)
                if is_dialect:
                    importlib.import_module(f"{module}.{alias.name}")
                found = getattr(found, alias.name, None)
                is_op = module == "alembic" and alias.name == "op"
                if alias.name in _NOT_IMPORTED or (
                    isinstance(found, ModuleType) and not (is_op or is_dialect)
                ):
                    yield f"line {alias.lineno}: {alias.name} is not taken"
            elif source in ("alembic", "__future__"):
                yield f"line {alias.lineno}: {source} is not taken"
            self.known[alias.asname or alias.name] = found

    def _named(self, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef):
            self.own.add(node.name)
            self.classes.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self.own.add(node.id)

    def _looked_at(self, node: ast.AST) -> Iterator[str]:
        where = f"line {getattr(node, 'lineno', 1)}"
        if isinstance(node, ast.FunctionDef):
            given = node.args
            if node.name not in _FUNCTIONS or given.args or given.vararg or given.kwarg:
                yield f"{where}: the function {node.name} is not taken"
            if node.decorator_list:
                yield f"{where}: a decorator"
        elif isinstance(node, ast.ClassDef) and node.decorator_list:
            yield f"{where}: a decorator"
        elif isinstance(node, ast.Name):
            yield from self._name(node, where)
        elif isinstance(node, ast.Attribute):
            yield from self._attribute(node, where)
        elif isinstance(node, ast.Call):
            yield from self._call(node, where)

    def _name(self, node: ast.Name, where: str) -> Iterator[str]:
        stored = isinstance(node.ctx, ast.Store)
        if node.id.startswith("__") and not (stored and node.id in _DUNDERS):
            yield f"{where}: the name {node.id}"
        elif stored and (node.id in self.known or node.id in _BUILTINS):
            yield f"{where}: {node.id} gets another meaning"
        elif isinstance(self.known.get(node.id), ModuleType) and id(node) not in self.roots:
            yield f"{where}: the module {node.id} as a value"
        elif not stored and node.id not in self.known.keys() | self.own | _BUILTINS:
            yield f"{where}: the name {node.id} is not taken"

    def _attribute(self, node: ast.Attribute, where: str) -> Iterator[str]:
        """`sa.X` of what may be imported, `op.X` of the operations, and a few methods."""
        if node.attr.startswith("_") or not isinstance(node.ctx, ast.Load):
            yield f"{where}: the attribute {node.attr}"
            return
        found = self.known.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if isinstance(found, ModuleType):
            if found.__name__ == "alembic.op":
                taken = node.attr in _OPERATIONS
            else:
                inner = getattr(found, node.attr, None)
                public = _is_dialect(found.__name__, node.attr)
                taken = inner is not None and node.attr not in _NOT_IMPORTED
                taken = taken and (public or not isinstance(inner, ModuleType))
            if not taken:
                yield f"{where}: {node.value.id}.{node.attr} is not taken"  # type: ignore[attr-defined]
        elif not self._is_known(node):
            yield f"{where}: the attribute {node.attr} is not taken"

    def _is_known(self, node: ast.Attribute) -> bool:
        if node.attr in _METHODS | _OPERATIONS:
            return True
        root = node.value
        if isinstance(root, ast.Attribute) and isinstance(root.value, ast.Name):
            found = self.known.get(root.value.id)
            whole = f"{getattr(found, '__name__', '')}.{root.attr}.{node.attr}"
            return whole in _CONSTANTS or whole.startswith("sqlalchemy.func.")
        if not isinstance(root, ast.Name):
            return False
        # a column of the code's own class or an enum's value; a function of the database
        return root.id in self.classes or self.known.get(root.id) is sqlalchemy.func

    def _call(self, node: ast.Call, where: str) -> Iterator[str]:
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "eval", "type"):
            yield f"{where}: a call of {node.func.id}"
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            of_own = node.func.value.id in self.classes
            if of_own and node.func.attr not in _METHODS:
                yield f"{where}: a call of {node.func.attr}"
        name = name or (node.func.id if isinstance(node.func, ast.Name) else "")
        if name in ("execute", "text", "DDL"):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    if name == "execute" or _is_statement(argument.value):
                        yield from _sql(argument.value, where)
                elif not isinstance(argument, ast.Call):
                    yield f"{where}: SQL that is put together"


def _is_statement(text: str) -> bool:
    """Whether text() holds a statement; in a default or a check it holds an expression."""
    from dbwright.dialects.postgresql import statements

    return statements.fault(text) is None


def _sql(text: str, where: str) -> Iterator[str]:
    """Statements that may touch what is outside of the database, or that nobody can read."""
    try:
        trees = [tree for tree in sqlglot.parse(text, read="postgres") if tree is not None]
    except Exception:
        yield f"{where}: SQL that is not read"
        return
    for tree in trees:
        if not isinstance(tree, _STATEMENTS):
            yield f"{where}: a statement of the kind {tree.key}"
            return
        odd = next(iter(tree.find_all(exp.Anonymous, exp.AnonymousAggFunc)), None)
        if odd is not None:
            yield f"{where}: the function {odd.name}"
        if isinstance(tree, exp.Create) and tree.kind not in ("TABLE", "INDEX", "VIEW", "TYPE"):
            yield f"{where}: CREATE {tree.kind}"
