"""Has dbwright prove its loader options by a second run, as `queries watch --prove` does.

    python prove.py FOLDER [--program TEXT]...

Each program that an option cures is run on SQLite in a process of its own, and once more for each
finding. A line says what became fewer: statements, rows, or errors of what is not loaded; the last
how many programs have an option that was verified.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from pathlib import Path

import program as programs
from program import HERE, Program
from tools.answer import placed

from dbwright.api import Options, watch_command

RUN = """
import sys
sys.path.insert(0, {here!r})
import execute
source, database = sys.argv[1:]
execute.Path(database).unlink(missing_ok=True)
with open(source) as file:
    module = execute.module_of(file.read(), source)
outcome = execute.executed(module, f"sqlite{{execute.ASYNC * {asynchronous}}}:///{{database}}")
print(outcome.value, outcome.error, outcome.tables)
"""


def proved(each: Program, folder: Path) -> list[tuple[str, str, str]]:
    """Gives rule, level and witness of each finding of a program that claims fewer statements."""
    script = folder / "once.py"
    asynchronous = "sqlite" not in each.on
    script.write_text(RUN.format(here=str(HERE), asynchronous=asynchronous), encoding="utf-8")
    command = [sys.executable, str(script), str(placed(each, folder)), str(folder / "once.db")]
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        report, _ = watch_command(command, folder, Options(), lambda _: None, prove=True)
    found = []
    for item in report.recommendations:
        for claim, proof in zip(item.claims, item.proofs, strict=True):
            if claim.kind in ("fewer_statements", "fewer_rows", "loads_ahead"):
                about = f"{item.rule} {item.location.object}"
                found.append((about, proof.level, proof.witness or proof.why))
    return found


def main() -> int:
    """Proves each program's options and counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--program", action="append", default=[], help="a part of a name")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    count = verified = 0
    for each in programs.load(("bad",)):
        chosen = not given.program or any(part in each.name for part in given.program)
        if "option" not in each.label or not chosen or not {"sqlite", "aiosqlite"} & set(each.on):
            continue
        found = proved(each, given.folder)
        count += 1
        verified += any(level == "verified" for _, level, _ in found)
        for about, level, words in found or [("nothing", "claimed", "")]:
            print(f"{each.name:34} {about:40} {level:9} {words}", flush=True)
    print(f"verified: {verified} of {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
