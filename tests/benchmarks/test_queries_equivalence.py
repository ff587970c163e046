"""A slice of the rewrites that the equivalence tester is held to."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dbwright.core.same_rows import Different, SameRows
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.verify.same_rows import same_rows

SET = Path(__file__).parents[2] / "benchmarks" / "queries_equivalence"


def runner() -> ModuleType:
    """Loads the script under a name of its own: other sets have a run.py too."""
    spec = importlib.util.spec_from_file_location("queries_equivalence_run", SET / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RUN = runner()
PAIRS = list(RUN.pairs())
WRONG = [pair for pair in PAIRS if pair.why]
EQUAL = [pair for pair in PAIRS if not pair.why]
SLICE = [pair for pair in (*WRONG[::12], *EQUAL[::8]) if pair.schema != "texts"]
LITE = [pair for pair in (*WRONG[::4], *EQUAL[::5]) if pair.sqlite]


@pytest.fixture(scope="module")
def databases() -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        yield {
            dialect: RUN.Databases(
                dialect, stack.enter_context(open_sandbox(dialect, ServerChoice())), stack
            )
            for dialect in RUN.DIALECTS
        }


def test_set_has_what_it_promises() -> None:
    assert len(WRONG) >= 100
    assert len(EQUAL) >= 60
    assert len({pair.name for pair in PAIRS}) == len(PAIRS)
    for pair in WRONG:
        assert pair.first != pair.second


def judged(databases: dict[str, Any], dialect: str, pair: Any) -> None:
    verdict = same_rows(*databases[dialect].get(pair.schema), pair.first, pair.second)
    assert isinstance(verdict, Different if pair.why else SameRows), verdict.words


@pytest.mark.database
@pytest.mark.parametrize("pair", SLICE, ids=lambda pair: pair.name)
def test_wrong_rewrite_is_refused_and_true_one_survives(databases: Any, pair: Any) -> None:
    judged(databases, "postgresql", pair)


@pytest.mark.parametrize("pair", LITE, ids=lambda pair: pair.name)
def test_sqlite_wrong_rewrite_is_refused_and_true_one_survives(databases: Any, pair: Any) -> None:
    judged(databases, "sqlite", pair)
