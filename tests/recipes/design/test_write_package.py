"""Designed packages: what belongs together stands together; importing one brings every table."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbwright.recipes.design import write, write_package

from .test_write import BRIEFS, RULES, plan, plan_of

BY_NAME = {path.stem: path for path in BRIEFS}
SIXTY = BY_NAME["sixty"]


def put(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that imports start in, forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0].startswith("packed_")]:
        del sys.modules[name]


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_whoever_imports_the_package_has_every_table(path: Path, alone: Path) -> None:
    found = plan_of(path)
    put(alone / f"packed_{path.stem}", write_package.package(found))
    package = importlib.import_module(f"packed_{path.stem}")
    package.Base.registry.configure()
    tables = {table.name for table in found} | {pair.name for pair in found.associations}
    assert set(package.Base.metadata.tables) == tables
    assert all(hasattr(package, table.cls) for table in found)
    package.Base.registry.dispose()


def test_each_module_can_be_the_first_that_is_imported(tmp_path: Path) -> None:
    files = write_package.package(plan_of(SIXTY))
    put(tmp_path / "packed", files)
    names = [f"packed.{name.removesuffix('.py')}" for name in files]
    for name in names:
        code = f"import {name}, packed; assert len(packed.Base.metadata.tables) == 60"
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_modules_import_base_alone_when_they_run() -> None:
    for name, text in write_package.package(plan_of(SIXTY)).items():
        found = [node.module for node in ast.parse(text).body
                 if isinstance(node, ast.ImportFrom) and node.level]  # fmt: skip
        if name not in ("__init__.py", "base.py"):
            assert found == ["base"], name


def test_tables_stand_where_those_are_that_they_belong_to() -> None:
    parts = write_package.parts(plan_of(SIXTY))
    home = {table.cls: part.name for part in parts for table in part.tables}
    assert len(home) == 60
    assert 4 <= len(parts) <= 15
    for part, whole in {"QuoteLine": "Quote", "PayslipLine": "Payslip",
                        "PurchaseOrderLine": "PurchaseOrder"}.items():  # fmt: skip
        assert home[part] == home[whole]


def test_what_refers_to_one_table_stands_beside_it() -> None:
    words = ["ant bee cow dog elk fox gnu hen", "oak fir ash yew elm box may fig"]
    groups = {"Zoo": words[0].split(), "Wood": words[1].split()}
    names = ", ".join([*groups, *(name.title() for found in groups.values() for name in found)])
    links = "".join(f"\n  - {{source: {name.title()}, target: {hub}}}"
                    for hub, found in groups.items() for name in found)  # fmt: skip
    parts = write_package.parts(plan(f"entities: [{names}]\nrelationships:{links}"))
    found = {frozenset(table.cls for table in part.tables) for part in parts}
    assert found == {frozenset([hub, *(name.title() for name in own)])
                     for hub, own in groups.items()}  # fmt: skip
    assert {part.name for part in parts} == {"zoos", "woods"}


def test_a_special_case_stands_beside_what_it_is_a_case_of() -> None:
    kinds = "".join(f", {{name: Kind{n}, kind_of: Payment}}" for n in range(4))
    others = ", ".join(f"Thing{n}" for n in range(20))
    links = "".join(f"\n  - {{source: Kind{n}, target: Thing{n}}}" for n in range(4))
    found = plan(f"entities: [{others}, Payment{kinds}]\nrelationships:{links}")
    parts = write_package.parts(found)
    homes = {part.name for part in parts for table in part.tables
             if table.cls == "Payment" or table.parent}  # fmt: skip
    assert len(homes) == 1


def test_modules_of_what_refers_to_nothing_have_names_of_their_own() -> None:
    names = ", ".join(f"Thing{n}" for n in range(40))
    files = write_package.package(plan(f"entities: [{names}]"))
    assert list(files) == ["__init__.py", "base.py", "others.py", "others_2.py", "others_3.py"]
    assert sum(text.count("__tablename__") for text in files.values()) == 40


def test_files_are_formatted_and_free_of_lint_and_types_hold(tmp_path: Path) -> None:
    for path in BRIEFS:
        found = plan_of(path)
        put(tmp_path / path.stem, write_package.package(found))
        (tmp_path / f"{path.stem}_alone.py").write_text(write.module(found), encoding="utf-8")
    ruff = ["ruff", "check", "--isolated", "--select", RULES, "--ignore", "E501"]
    for command in (ruff, ["ruff", "format", "--isolated", "--check"], ["mypy", "--strict"]):
        done = subprocess.run([sys.executable, "-m", *command, "."], capture_output=True, text=True,
                              check=False, cwd=tmp_path)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
