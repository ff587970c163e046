"""Requests in words, answered by `dbwright ask`, judged by running what it answers.

python benchmarks/ask/run.py                    both halves
python benchmarks/ask/run.py --half seen --only preferences poem
python benchmarks/ask/run.py --model anthropic:claude-sonnet-4-5          the agent
python benchmarks/ask/run.py --model … --bare   an expert's prompt to the same model, no tools
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from ask_answer import Answerer, by_bare_model, by_command
from ask_case import Case, cases
from ask_judge import judged
from ask_measure import Place, opened

HERE = Path(__file__).parent
HALVES = {"seen": "requests.toml", "unseen": "requests_unseen.toml"}


def main() -> None:
    """Asks the requests that were named, and prints a line for each and the sums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=[*HALVES], action="append", default=[])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--model", default="", help="Its name, as DBWRIGHT_MODEL takes it.")
    parser.add_argument("--bare", action="store_true", help="The model alone, without tools.")
    parser.add_argument("--sums", action="store_true", help="The sums alone: nothing is given away")
    arguments = parser.parse_args()
    if arguments.bare and not arguments.model:
        parser.error("--bare needs --model")
    answer = by_bare_model(arguments.model) if arguments.bare else by_command(arguments.model)
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, opened() as place:
        for half in arguments.half or HALVES:
            for case in cases(HALVES[half]):
                if arguments.only and case.name not in arguments.only:
                    continue
                wrong = _asked(case, answer, Path(folder), place, quiet=arguments.sums)
                total[half] += 1
                right[half] += not wrong
    for half in total:
        print(f"{half:10} {right[half]} of {total[half]} right")


def _asked(case: Case, answer: Answerer, folder: Path, place: Place, *, quiet: bool) -> list[str]:
    project = prepared(case, folder / case.name)
    begun = time.monotonic()
    given = answer(case, project)
    took = time.monotonic() - begun
    try:
        wrong = judged(case, given, project, place)
    except Exception as error:  # one request must not end the run
        wrong = [f"{type(error).__name__}: {error}"]
    if not quiet:
        print(f"{'✗' if wrong else '✓'} {case.name:24} {took:4.0f} s  {given.kind}", flush=True)
        for why in wrong:
            print(f"      {why}"[:400], flush=True)
    return wrong


def prepared(case: Case, folder: Path) -> Path:
    """Gives the project that a request is asked in, in a folder of its own."""
    if case.project == "empty":
        folder.mkdir(parents=True)
    else:
        shutil.copytree(HERE / "projects" / case.project, folder)
    for name, text in case.files.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
