"""The rules of the house, kept by machine."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

import dbwright
from dbwright import api
from dbwright.frontends.cli import cli

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "dbwright"
FILES = sorted(SOURCE.rglob("*.py"))
RULES = sorted(file for file in (SOURCE / "rules").glob("*/*.py") if file.name != "__init__.py")
BAD_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
TEXT = (
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".cfg",
    ".ini",
    ".json",
    ".sql",
    ".txt",
    ".mako",
    "",
)
MACHINE = re.compile(
    r"(?<![\w.])/(?:work|root|home/\w+|tmp/(?!dbwright|\.)\w+)/|/opt/(?:pypi|wheels)"
)


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(file)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Functions and methods for others; not setters, and not the shape that a Protocol asks for."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith(
            ("_", "visit_", "leave_")
        ):
            setter = any(
                isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list
            )
            shape = ast.unparse(node.body[-1]) == "..."
            if not setter and not shape:
                yield node


def tracked() -> list[Path]:
    """The files of the tree that git has, or would take."""
    arguments = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no clone")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


# files


def test_files_have_at_most_400_lines() -> None:
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {name(file): count for file, count in lines.items() if count > 400} == {}


def test_functions_have_at_most_50_lines() -> None:
    lines = {f"{name(file)} {f.name}": length(f) for file in FILES for f in functions(file)}
    assert {where: count for where, count in lines.items() if count > 50} == {}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without those of a class that it makes."""
    classes = [node for node in function.body if isinstance(node, ast.ClassDef)]
    inside = sum((node.end_lineno or 0) - node.lineno + 1 for node in classes)
    return (function.end_lineno or 0) - function.lineno + 1 - inside


def test_what_is_public_has_a_docstring() -> None:
    bare = {name(file): list(undocumented(file)) for file in FILES}
    assert {where: found for where, found in bare.items() if found} == {}


def undocumented(file: Path) -> Iterator[str]:
    """What of a file should have a docstring and has none."""
    told_elsewhere = {"check", "advise"} if file in RULES else {"convert", "shell_complete"}
    if not ast.get_docstring(tree(file)):
        yield "the module"
    for node in public(tree(file).body):
        if not ast.get_docstring(node) and node.name not in told_elsewhere:
            yield node.name


def test_names_say_what_is_inside() -> None:
    words = {file: {*file.stem.split("_"), *file.parent.name.split("_")} for file in FILES}
    assert [name(file) for file, found in words.items() if found & BAD_NAMES] == []


def test_no_path_of_a_machine_is_in_the_tree() -> None:
    found = []
    for file in tracked():
        if file.suffix not in TEXT or file == Path(__file__):
            continue
        text = file.read_bytes().decode("utf-8", "replace")
        found += [f"{file.relative_to(ROOT)}: {m[0]}" for m in MACHINE.finditer(text)]
    assert found == []


# rules


def test_there_are_at_least_18_rules_for_models_and_for_migrations() -> None:
    count = {job: len(list((SOURCE / "rules" / job).glob("[!_]*.py"))) for job in
             ("models", "migrations", "queries")}  # fmt: skip
    assert count["models"] >= 18
    assert count["migrations"] >= 18
    assert count["queries"] >= 6


def test_rules_are_named_as_their_files_and_read_well() -> None:
    for rule in api.rules():
        assert isinstance(rule, api.rule(rule.name).__class__)
        assert rule.name == rule.module.rpartition(".")[2].replace("_", "-")
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name), f"{rule.name}: words, no codes"
        first = rule.name.split("-")[0]
        assert first not in ("require", "prefer", "use", "avoid", "no", "check-that"), rule.name


def test_every_rule_file_is_one_rule() -> None:
    modules = {rule.module for rule in api.rules()}
    found = {f"dbwright.rules.{file.parent.name}.{file.stem}" for file in RULES}
    assert found == {m for m in modules if m.startswith("dbwright.rules.")}


def test_rules_read_facts_and_nothing_else() -> None:
    world = {"os", "subprocess", "socket", "time", "datetime", "pathlib", "random", "psycopg"}
    for file in RULES:
        imported = {
            (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(tree(file))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        assert {name.split(".")[0] for name in imported} & world == set(), name(file)
        assert [n.name for n in functions(file) if n.name == "open"] == [], name(file)


# commands


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_command_has_a_page_in_the_reference(path: tuple[str, ...]) -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert f"## dbwright {' '.join(path)}\n" in text


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_options_of_a_command_are_explained(path: tuple[str, ...]) -> None:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    bare = [p.name for p in command.params if isinstance(p, click.Option) and not p.help]
    assert bare == []


# the door


def test_exports_are_listed_and_documented() -> None:
    assert sorted(dbwright.__all__) == list(dbwright.__all__)
    for name in set(api.__all__) - {"Progress"}:  # an alias
        assert inspect.getdoc(getattr(api, name)), name
    ours = {
        name
        for name, value in vars(api).items()
        if inspect.isfunction(value)
        and value.__module__.startswith(api.__name__)
        and name[0] != "_"
    }
    assert ours <= set(api.__all__)
    assert set(dbwright.__all__) == set(api.__all__)


def test_nothing_heavy_is_imported_at_the_door() -> None:
    code = "import sys, dbwright; print('sqlalchemy' in sys.modules)"
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_decisions_are_pages_with_their_reasons() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pages) >= 5
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for heading in ("## Decision", "## Why", "## What it costs"):
            assert heading in text, f"{page.name} has no {heading}"


def test_fragments_of_the_changelog_are_named_by_their_kind() -> None:
    for file in (ROOT / "changelog.d").glob("*.md"):
        if file.name != "README.md":
            assert re.fullmatch(r"[a-z0-9-]+\.(added|changed|fixed|removed)\.md", file.name)
