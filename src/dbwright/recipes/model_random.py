"""Where code makes secrets by a weak generator."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_syntax, model_words

_SUSPECT = re.compile(r"^\s*(import random|from random import)|\buuid1\b", re.MULTILINE)
_FUNCTIONS = {
    "betavariate", "choice", "choices", "getrandbits", "randbytes", "randint", "random",
    "randrange", "sample", "shuffle", "uniform",
}  # fmt: skip
_SECRET = {
    "code", "codes", "coupon", "nonce", "otp", "passcode", "password", "pin", "salt", "secret",
    "token", "tokens", "voucher", "apikey", "passphrase",
}  # fmt: skip
_HARMLESS = {
    "area", "bar", "barcode", "color", "colour", "country", "currency", "error", "exit", "http",
    "language", "postal", "qr", "response", "return", "sample", "source", "status", "test", "zip",
    "fake", "dummy", "mock", "seed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weak:
    """A call of a weak generator: what it is called, as it is written, and what it makes."""

    function: str
    written: str
    owner: str
    place: Place


def weak(sources: Iterable[Source]) -> Iterator[Weak]:
    """Gives each call of a weak generator that makes a secret; tests and seeds left out."""
    for source in sources:
        if model_syntax.is_test(source.path) or model_syntax.is_migration(source.path):
            continue
        if _SUSPECT.search(source.text):
            for function, written, owner, line in _of_file(source.path, source.text):
                yield Weak(function, written, owner, Place(source.path, line))


@functools.lru_cache(maxsize=4096)
def _of_file(path: str, text: str) -> tuple[tuple[str, str, str, int], ...]:
    source = Source(path, text)
    if not list(model_syntax.readable([source])):
        return ()
    names = _known(source)
    found: dict[int, tuple[str, str, str, int]] = {}
    for owner, node in _owners(source):
        for call in ast.walk(node):
            if isinstance(call, ast.Call):
                written = model_syntax.dotted(call.func)
                if written in names and not _only_mixes(names[written], node):
                    found.setdefault(call.lineno, (names[written], written, owner, call.lineno))
    return tuple(found[line] for line in sorted(found))


def _only_mixes(function: str, node: ast.AST) -> bool:
    """Whether it only shuffles what `secrets` has drawn."""
    if function != "random.shuffle":
        return False
    called = (model_syntax.dotted(n.func) for n in ast.walk(node) if isinstance(n, ast.Call))
    return any(name.startswith("secrets.") for name in called)


def _known(source: Source) -> dict[str, str]:
    """What the file calls the weak functions: `random.choice`, `choice`."""
    names: dict[str, str] = {}
    for local, full in model_syntax.imported(source, "random").items():
        if full == "random":
            names |= {f"{local}.{name}": f"random.{name}" for name in _FUNCTIONS}
        elif full.rpartition(".")[2] in _FUNCTIONS:
            names[local] = full
    for local, full in model_syntax.imported(source, "uuid").items():
        if full == "uuid":
            names[f"{local}.uuid1"] = "uuid.uuid1"
        elif full == "uuid.uuid1":
            names[local] = full
    return names


def _owners(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Functions, assignments and keywords that are named as a secret, with what makes them."""
    for name, function in model_syntax.functions(source):
        if _is_secret(name.rpartition(".")[2]):
            yield name, function
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                name = model_syntax.dotted(target)
                if _is_secret(name.rpartition(".")[2]):
                    yield name, node.value
        elif isinstance(node, ast.keyword) and node.arg and _is_secret(node.arg):
            yield node.arg, node.value


def _is_secret(name: str) -> bool:
    said = set(model_words.words(name))
    if said & _HARMLESS:
        return False
    return bool(said & _SECRET) or {"api", "key"} <= said or {"secret", "key"} <= said
