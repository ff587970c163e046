"""Tests of a design in a project: with a session of the project's fixtures, or one of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dbwright.core.suite_habits import Marks
from dbwright.recipes.design import layout, write_tests
from dbwright.recipes.design.as_async import as_async
from dbwright.recipes.design.parts import Plan

_SYNC = '''
@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """A database in which the tables that it lacked are there for these tests."""
    found = create_engine(URL)
    if found.dialect.name == "sqlite":
        event.listen(found, "connect", lambda c, _: c.execute("pragma foreign_keys = on"))
    there = inspect(found)
    tables = METADATA.tables.values()
    made = [t for t in tables if not there.has_table(t.name, schema=t.schema)]
    METADATA.create_all(found, tables=made)
    yield found
    METADATA.drop_all(found, tables=made)
    found.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose rows are gone after the test."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as found:
            yield found
        outer.rollback()
'''
_ASYNC = '''
@FIXTURE
async def session() -> AsyncIterator[AsyncSession]:
    """A session whose rows, and the tables that were lacking, are gone after the test."""
    engine = create_async_engine(URL, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(
            engine.sync_engine,
            "connect",
            lambda c, _: c.execute("pragma foreign_keys = on"),
        )
    async with engine.connect() as connection:
        outer = await connection.begin()
        await connection.run_sync(METADATA.create_all)
        mode = "create_savepoint"
        async with AsyncSession(connection, join_transaction_mode=mode) as found:
            yield found
        await outer.rollback()
    await engine.dispose()
'''
_BACKEND = """
@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
"""
_HOMES = {
    **dict.fromkeys(("Engine", "create_engine", "event", "func", "inspect", "select"),
                    "sqlalchemy"),
    "StatementError": "sqlalchemy.exc",
    "Session": "sqlalchemy.orm",
    **dict.fromkeys(("AsyncSession", "create_async_engine"), "sqlalchemy.ext.asyncio"),
    "NullPool": "sqlalchemy.pool",
    **dict.fromkeys(("Iterator", "AsyncIterator"), "collections.abc"),
}  # fmt: skip
_MODULES = ("itertools", "os", "pytest", "pytest_asyncio")
# what a class of the project may not be called, for the module has it from elsewhere
TAKEN = frozenset({*_HOMES, "Decimal", "Any"})


@dataclass(frozen=True, slots=True)
class Frame:
    """Where tests have their session from: the `fixture` of the project, "" for one of their own.

    `metadata` is the code of the tables' MetaData. `default` is the URL that an engine of their
    own takes where none is named, "" where the tests are then skipped. `marks` and `has_backend`
    are as SuiteHabits has them. `also` is the module that brings all models, where theirs do not.
    """

    metadata: str
    fixture: str = ""
    is_async: bool = False
    default: str = ""
    marks: Marks = ""
    has_backend: bool = False
    also: str = ""


def written(
    plan: Plan,
    frame: Frame,
    homes: Mapping[str, str],
    rows: Iterable[str] = (),
    without: Collection[str] = (),
) -> str:
    """Gives the text of a module of tests, "" where no row could be written by itself.

    `homes` are the modules of the project's names, `rows` the functions that write rows of its
    own classes; `without` is as write_tests has it.
    """
    classes = {table.cls for table in (*plan, *plan.existing.values())}
    if not write_tests.is_possible(plan) or TAKEN & classes:
        return ""
    body = "\n\n\n".join(write_tests.functions(plan, without, tuple(rows)))
    if "def test_" not in body:
        return ""
    body = body.replace("DatabaseSession", "Session")
    if frame.is_async:
        body = as_async(body).replace("session: Session", "session: AsyncSession")
    if frame.fixture:
        body = layout.renamed(body, {"session": frame.fixture})
    text = "\n\n".join(part for part in (_settings(frame), f"{_fixtures(frame)}{body}") if part)
    return f"{_head(text, homes, frame)}\n{text}\n"


def _settings(frame: Frame) -> str:
    lines = []
    if not frame.fixture:
        url = f'os.environ.get("TEST_DATABASE_URL", "{frame.default}")'
        lines.append(f"URL = {url}")
    lines.append("REFUSED = (StatementError, ValueError)  # by the database or by the class")
    lines.append("NUMBERS = itertools.count(1)")
    marks = [f"pytest.mark.{frame.marks}"] if frame.is_async and frame.marks else []
    if not (frame.fixture or frame.default):
        marks.append('pytest.mark.skipif(not URL, reason="TEST_DATABASE_URL names no database")')
    if marks:
        listed = marks[0] if len(marks) == 1 else f"[{', '.join(marks)}]"
        broken = "".join(f"    {mark},\n" for mark in marks)
        short = len(listed) < layout.WIDTH - len("pytestmark = ")
        lines.append(f"pytestmark = {listed}" if short else f"pytestmark = [\n{broken}]")
    return "\n".join(lines) + "\n"


def _fixtures(frame: Frame) -> str:
    found = []
    if frame.is_async and frame.marks == "anyio" and not frame.has_backend:
        found.append(_BACKEND)
    if not frame.fixture:
        found.append(_ASYNC if frame.is_async else _SYNC)
    session = "AsyncSession" if frame.is_async else "Session"
    saved = f"def saved(session: {session}, row: Any) -> Any:\n    session.add(row)\n"
    saved += "    session.flush()\n    return row\n"
    saved = as_async(saved) if frame.is_async else saved
    if frame.fixture:
        saved = layout.renamed(saved, {"session": frame.fixture})
    strict = frame.marks == "asyncio"
    decorator = "pytest_asyncio.fixture" if strict else "pytest.fixture"
    text = "\n\n\n".join(part.strip("\n") for part in (*found, saved))
    return text.replace("METADATA", frame.metadata).replace("@FIXTURE", f"@{decorator}") + "\n\n\n"


def _head(text: str, homes: Mapping[str, str], frame: Frame) -> str:
    """The docstring and the imports of all that the text uses."""
    used = layout.used_names(text)
    doc = '"""What the models promise: rows that are refused, rows that are taken.'
    if not frame.fixture:
        other = "SQLite in memory is used" if frame.default else "they are skipped"
        doc += ("\n\nTEST_DATABASE_URL names the database to run on; tables that it lacks are "
                f"made for the\ntests and dropped behind them. Without it {other}.\n")  # fmt: skip
    own: dict[str, set[str]] = {}
    for name in sorted(used & set(homes)):
        own.setdefault(homes[name], set()).add(name)
    modules = [name for name in _MODULES if name in used]
    mine = ["\n".join(layout.from_lines(home, own[home])) for home in sorted(own)]
    mine += [f"import {frame.also}  # noqa: F401"] if frame.also else []
    lines = layout.imports(
        text, {}, mine,
        homes={name: home for name, home in _HOMES.items() if name not in homes},
    )  # fmt: skip
    return f'{doc}"""\n\nfrom __future__ import annotations\n\n' + "\n".join(
        _with_modules(lines, modules)
    )


def _with_modules(lines: list[str], modules: list[str]) -> list[str]:
    """The lines with plain imports where sorters have them: before each group's other lines."""
    standard = [f"import {name}" for name in modules if name in ("itertools", "os")]
    others = [f"import {name}" for name in modules if name not in ("itertools", "os")]
    at = lines.index("") + 1  # the standard library's group, which is never empty
    first = [line for line in lines[:at] if line.startswith("import ")]
    rest = [line for line in lines[:at] if not line.startswith("import ")]
    return [*first, *standard, *rest, *others, *lines[at:]]
