"""Program examples made real: a script in a folder of its own, run and watched."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dbwright.core.claim import Trial
from dbwright.core.errors import CollectError
from dbwright.core.rule import ModelsExample, ProgramExample
from dbwright.jobs.examples import PRELUDE, Bench, Real
from dbwright.jobs.watch import watched
from dbwright.verify.queries.watched import Run, WatchedProver

FILE = "program.py"
URL = "sqlite:///program.db"
_TIMEOUT = 60.0
_TAIL = """

if __name__ == "__main__":
    import asyncio as _asyncio
    import inspect as _inspect
    import sys as _sys

    _url = _sys.argv[2]

    def _run(step):
        made = create_engine(_url)
        Base.metadata.create_all(made)
        with Session(made) as session:
            found = step(session)
            session.commit()
        return found

    async def _run_async(step):
        from sqlalchemy.ext.asyncio import AsyncSession as _Session, create_async_engine as _create

        made = _create(_url.replace("sqlite:", "sqlite+aiosqlite:"))
        async with _Session(made) as session:
            found = await step(session)
            await session.commit()
        await made.dispose()
        return found

    if _sys.argv[1] == "fill":
        _run(globals().get("fill", lambda session: None))
    elif "main" in globals():
        print(main(_url))
    else:
        _asynchronous = _inspect.iscoroutinefunction(work)
        print(_asyncio.run(_run_async(work)) if _asynchronous else _run(work))
"""


@contextlib.contextmanager
def watched_program(bench: Bench, example: ProgramExample) -> Iterator[Real]:
    """Gives the recording of an example's work; each run is on the rows that `fill` made."""
    with tempfile.TemporaryDirectory(prefix="dbwright-", dir=bench.root) as folder:
        path = Path(folder)
        text = PRELUDE + example.code.lstrip("\n") + _TAIL
        (path / FILE).write_text(text, encoding="utf-8")

        def again(tried: Sequence[Trial] = ()) -> Run:
            with _database(bench, example.dialect, path) as url:
                command = [sys.executable, FILE, "fill", url]
                filled = watched(command, path, quiet=True, timeout=_TIMEOUT)
                if filled.status:
                    said = filled.output.decode("utf-8", "replace")
                    raise CollectError(said[-2000:], file=FILE)
                command = [sys.executable, FILE, "work", url]
                return watched(command, path, tried=tried, quiet=True, timeout=_TIMEOUT, reads=True)

        first = again()
        if first.recording is None:
            raise CollectError("the program sent nothing", file=FILE)
        yield [first.recording], WatchedProver(first, again), {FILE: text}


@contextlib.contextmanager
def _database(bench: Bench, dialect: str, path: Path) -> Iterator[str]:
    """Gives the URL of an empty database: a file, or one of the scratch server's."""
    if dialect == "sqlite":
        (path / "program.db").unlink(missing_ok=True)
        yield URL
        return
    with bench.sandbox(dialect).clone(None) as database:
        yield database.url()


def fixed(example: ModelsExample | ProgramExample) -> ModelsExample | ProgramExample:
    """Gives an example with its advice followed."""
    return replace(example, code=f"{example.code}\n{example.fixed}", fixed="")
