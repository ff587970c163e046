"""The URL that an engine is made with, as far as the source says it: with no password kept."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from dbwright.collect.holding import assigned, function_at, name_of
from dbwright.recipes.queries.holding import UNKNOWN, is_near

HOLE = "918273645"
"""What stands for a part that only a run knows: digits, so that it may be a port as well."""
_DRIVERS = {
    "postgresql": "psycopg2",
    "mysql": "mysqldb",
    "mariadb": "mysqldb",
    "sqlite": "pysqlite",
}
_DEEP = 5
_ASKED = frozenset({"environ", "getenv", "env", "config", "settings"})
# What everybody writes for a database on their own machine: no secret.
_EXAMPLES = frozenset(
    {
        "",
        "admin",
        "changeme",
        "dev",
        "example",
        "guest",
        "mysql",
        "pass",
        "passwd",
        "password",
        "postgres",
        "root",
        "secret",
        "test",
        "x",
    }
)


@dataclass(frozen=True, slots=True)
class Url:
    """What is known of a URL; `secret` is the line of a literal password that opens something."""

    driver: str = ""
    host: str | None = None
    port: int | None = None
    database: str | None = None
    query: dict[str, str] = field(default_factory=dict)
    secret: int | None = None


def url_of(node: ast.expr | None, tree: ast.Module, deep: int = 0) -> Url | None:
    """Gives the URL that an expression of a file is; None where only a run knows it."""
    if node is None or deep > _DEEP:
        return None
    if isinstance(node, ast.Name):
        function = function_at(tree, node.lineno)
        value = assigned(function, node.id) if function is not None else None
        if function is not None and node.id in {
            each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)
        }:
            return None
        return url_of(value or _of_module(tree, node.id), tree, deep + 1)
    if isinstance(node, ast.Call):
        return _called(node, tree, deep)
    text = _text(node, tree)
    return parsed(text, node.lineno) if text is not None else None


def _of_module(tree: ast.Module, name: str) -> ast.expr | None:
    return assigned(
        ast.Module([each for each in tree.body if isinstance(each, ast.Assign)], []), name
    )


def _called(node: ast.Call, tree: ast.Module, deep: int) -> Url | None:
    name = name_of(node.func)
    if name == "create" and name_of(getattr(node.func, "value", None)) == "URL":
        return _created(node, tree)
    if name in ("make_url", "str", "URL") and node.args:
        return url_of(node.args[0], tree, deep + 1)
    for each in tree.body:
        if isinstance(each, ast.FunctionDef) and each.name == name:
            given = [one for one in ast.walk(each) if isinstance(one, ast.Return)]
            return url_of(given[0].value, tree, deep + 1) if len(given) == 1 else None
    return None


def _created(node: ast.Call, tree: ast.Module) -> Url | None:
    names = ("drivername", "username", "password", "host", "port", "database", "query")
    given = {**dict(zip(names, node.args, strict=False))}
    given |= {each.arg: each.value for each in node.keywords if each.arg}
    texts = {name: _text(value, tree) for name, value in given.items()}
    driver = texts.get("drivername")
    if driver is None:
        return None
    query = given.get("query")
    options: dict[str, str] = {}
    if isinstance(query, ast.Dict):
        options = {
            str(getattr(key, "value", "")): _text(value, tree) or HOLE
            for key, value in zip(query.keys, query.values, strict=True)
        }
    port = given.get("port")
    number = port.value if isinstance(port, ast.Constant) and isinstance(port.value, int) else None
    host, password = texts.get("host"), texts.get("password")
    literal = given.get("password")
    secret = None
    if literal is not None and password and is_secret(password, texts.get("username"), host):
        secret = literal.lineno
    known = UNKNOWN if host == HOLE or (host is None and "host" in given) else host
    return Url(_driver(driver), known, number, texts.get("database"), options, secret)


def _text(node: ast.expr, tree: ast.Module) -> str | None:
    """The text of an expression, with holes for what only a run knows; None for no text."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _filled(part, tree)
            for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, tree), _text(node.right, tree)
        return f"{left or HOLE}{right or HOLE}" if left or right else None
    if isinstance(node, ast.Name):
        value = _of_module(tree, node.id)
        return (
            value.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
            else HOLE
        )
    return HOLE


def _filled(part: ast.expr, tree: ast.Module) -> str:
    value = part.value if isinstance(part, ast.FormattedValue) else part
    return (_text(value, tree) or HOLE) if isinstance(value, ast.Name) else HOLE


def parsed(text: str, line: int) -> Url | None:
    """Gives what a URL's text says; None for what is none."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if text.startswith(HOLE) or "://" not in text:
        return None
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return None
    port = url.port if url.port != int(HOLE) else None
    secret = isinstance(url.password, str) and is_secret(url.password, url.username, url.host)
    query = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in url.query.items()
    }
    host = UNKNOWN if HOLE in (url.host or "") else url.host
    return Url(_driver(url.drivername), host, port, url.database, query, line if secret else None)


def _driver(name: str) -> str:
    backend, _, driver = name.partition("+")
    backend = {"postgres": "postgresql"}.get(backend, backend)
    return f"{backend}+{driver or _DRIVERS.get(backend, backend)}"


def is_secret(password: str, user: str | None, host: str | None) -> bool:
    """Whether a literal password is worth keeping: not one of an example on the own machine."""
    if HOLE in password or password.startswith(("$", "{", "%", "<")) or not password.strip("*x.-"):
        return False
    plain = password.lower()
    example = plain in _EXAMPLES or plain == (user or "").lower() or plain.startswith("your")
    return not (example and is_near(host))
