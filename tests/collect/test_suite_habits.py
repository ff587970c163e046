"""The habits of a project's tests are read from its files, and nothing of them is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.collect.suite_habits import suite_habits

MODELS = "from app.models import User\n\n\ndef test_it() -> None:\n    assert User\n"
CONFTEST = """
import pytest
from collections.abc import Iterator
from sqlalchemy.orm import Session, sessionmaker


@pytest.fixture
def db() -> Iterator[object]:
    yield object()


@pytest.fixture
def factory() -> sessionmaker[Session]:
    return sessionmaker()


@pytest.fixture()
def rows() -> Iterator[Session]:
    yield Session()


@pytest.fixture
def session():
    yield Session()
"""


def _written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_the_folder_is_where_the_models_are_tested(tmp_path: Path) -> None:
    root = _written(tmp_path, {
        "tests/test_pages.py": "def test_page() -> None: ...\n",
        "tests/unit/conftest.py": CONFTEST,
        "tests/unit/users_test.py": MODELS,
        "tests/unit/pages_test.py": "def test_page() -> None: ...\n",
    })  # fmt: skip
    found = suite_habits(root, {"app.models.accounts"})
    assert (found.folder, found.conftests) == ("tests/unit", ("tests/unit/conftest.py",))
    assert found.suffix
    assert found.path("orders") == "tests/unit/orders_test.py"
    assert found.path("users") == "tests/unit/users_models_test.py"


def test_a_fixture_that_says_so_comes_before_one_that_is_called_so(tmp_path: Path) -> None:
    root = _written(tmp_path, {"tests/conftest.py": CONFTEST, "tests/test_users.py": MODELS})
    found = suite_habits(root, {"app.models"})
    assert [(each.name, each.annotated) for each in found.fixtures] == [
        ("rows", True), ("session", False)]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "test", "marks"),
    [
        ("[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n", "", ""),
        ("", "import pytest\n\n\n@pytest.mark.anyio\nasync def test_a() -> None: ...\n", "anyio"),
        ("", "async def test_a() -> None: ...\n", "asyncio"),
    ],
    ids=["auto", "anyio", "asyncio"],
)
def test_async_tests_are_marked_as_the_others(
    tmp_path: Path, settings: str, test: str, marks: str
) -> None:
    engine = "from sqlalchemy.ext.asyncio import create_async_engine as a\n"
    engine += "import sqlalchemy.ext.asyncio as s\nengine = s.create_async_engine('x')\n"
    root = _written(tmp_path, {"pyproject.toml": settings, "tests/test_a.py": test,
                               "app/db.py": engine})  # fmt: skip
    found = suite_habits(root, {"app.models"})
    assert (found.marks, found.is_async) == (marks, True)


def test_methods_of_unittest_are_no_tests_of_pytest(tmp_path: Path) -> None:
    text = "from unittest import TestCase\n\n\nclass Users(TestCase):\n    def test_a(self): ...\n"
    assert suite_habits(_written(tmp_path, {"tests/test_a.py": text}), {"app"}).is_unittest


def test_without_tests_there_is_no_folder_and_a_path_to_offer(tmp_path: Path) -> None:
    found = suite_habits(_written(tmp_path, {"app/models.py": ""}), {"app.models"})
    assert (found.folder, found.path("orders")) == ("", "tests/test_orders.py")
