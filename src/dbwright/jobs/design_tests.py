"""The tests that come with a design: written from its cases, and handed over when they passed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dbwright.core.design import Proved
from dbwright.core.finding import Unverified
from dbwright.recipes.design import write_tests
from dbwright.recipes.design.parts import Plan
from dbwright.verify import design_tests


@dataclass(slots=True)
class Tests:
    """The file of tests, if there is one, what its run showed, and what to know of it."""

    files: dict[str, str] = field(default_factory=dict)
    proved: list[Proved] = field(default_factory=list)
    unverified: list[Unverified] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def tests(plan: Plan, root: Path, module: str, models: dict[str, str]) -> Tests:
    """Gives the tests of models, whose files are given; none where tests are there already."""
    name = module.rpartition(".")[2]
    path = f"tests/test_{name}.py"
    if (root / path).exists():
        return Tests(notes=[f"{path} is there already, so no tests were written."])
    made = write_tests.written(plan, module)
    if not made:
        return Tests(notes=["No tests were written: rows here need each other, or a class has the "
                            "name of a thing that tests need."])  # fmt: skip
    found = design_tests.run({**models, path: made}, path)
    left = list(found.broken)
    if left:
        made = write_tests.written(plan, module, without=left)
        found = design_tests.run({**models, path: made}, path) if made else found
    if found.broken:
        why = f"they did not all pass, so they are left out: {found.broken[0]}"
        return Tests(unverified=[Unverified("the tests of the models", why)])
    notes = []
    if left:
        notes = [f"{path} lacks tests that did not hold on SQLite: {', '.join(left[:4])}"
                 + (f" and {len(left) - 4} more." if len(left) > 4 else ".")]  # fmt: skip
    return Tests({path: made}, list(found.proved()), found.unmet, notes)
