"""How the tests of a project are written, for those that are added to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Marks = Literal["", "asyncio", "anyio"]


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture of a conftest.py that may give a session; `is_async` where it gives an async one.

    `annotated` is whether its own annotation says that it gives a session.
    """

    name: str
    path: str
    is_async: bool = False
    annotated: bool = False


@dataclass(frozen=True, slots=True)
class SuiteHabits:
    """Where a project's tests stand and how they are written; `folder` is "" where it has none.

    `suffix` is whether files are called `orders_test.py`. `names` are the names of files that are
    taken. `fixtures` are those that may give a session, the likeliest first; `conftests` the
    files that pytest loads for the folder. `marks` say how async tests are marked, "" for not at
    all; `is_async` is whether the application itself is async, `has_backend` whether a fixture
    chooses the event loop of anyio. `is_unittest` is where no test is pytest's.
    """

    folder: str = ""
    suffix: bool = False
    names: frozenset[str] = frozenset()
    fixtures: tuple[Fixture, ...] = ()
    conftests: tuple[str, ...] = ()
    marks: Marks = ""
    is_async: bool = False
    is_unittest: bool = False
    has_backend: bool = False

    def path(self, name: str) -> str:
        """Gives the path of the file of tests about something, "" where every name is taken."""
        for each in (name, f"{name}_models", f"{name}_tables"):
            file = f"{each}_test.py" if self.suffix else f"test_{each}.py"
            if file not in self.names:
                return f"{self.folder or 'tests'}/{file}"
        return ""
