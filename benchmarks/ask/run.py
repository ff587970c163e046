"""Requests in words, answered by `dbwright ask`, judged by running what it answers.

python benchmarks/ask/run.py                    both halves, without a model
python benchmarks/ask/run.py --half seen --only preferences poem
python benchmarks/ask/run.py --model anthropic:claude-sonnet-4-5
    the same three times: without a model, with it, and the model alone with an expert's prompt
python benchmarks/ask/run.py --model qwen3 --model-url http://127.0.0.1:8080/v1 --way tools
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from ask_answer import Answerer, by_agent, by_bare_model, by_command
from ask_case import Case, Given, cases
from ask_judge import judged
from ask_measure import Place, opened

HERE = Path(__file__).parent
HALVES = {"seen": "requests.toml", "unseen": "requests_unseen.toml"}
WAYS = ("own", "tools", "bare")
"""Without a model; the model with dbwright's tools; the model with an expert's prompt."""


@dataclass(slots=True)
class Score:
    """The requests that one way of answering got right, those it got wrong, and what it took."""

    way: str
    right: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    spent: list[dict[str, object]] = field(default_factory=list)

    def add(self, case: Case, given: Given, wrong: Sequence[str]) -> None:
        """Counts one answer."""
        (self.wrong if wrong else self.right).add(case.name)
        if given.spent:
            self.spent.append(given.spent)


def main() -> None:
    """Asks the requests that were named, and prints a line for each and the sums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=[*HALVES], action="append", default=[])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--model", default="", help="Its name, as DBWRIGHT_MODEL takes it.")
    parser.add_argument("--model-url", default="", help="Its server, as DBWRIGHT_MODEL_URL.")
    parser.add_argument("--way", choices=WAYS, action="append", default=[])
    parser.add_argument("--sums", action="store_true", help="The sums alone: nothing is given away")
    arguments = parser.parse_args()
    ways = answerers(arguments.model, arguments.model_url, arguments.way)
    for half in arguments.half or HALVES:
        chosen = [case for case in cases(HALVES[half])
                  if not arguments.only or case.name in arguments.only]  # fmt: skip
        for line in sums(half, scores(chosen, ways, quiet=arguments.sums)):
            print(line)


def answerers(model: str, url: str, ways: Sequence[str]) -> dict[str, Answerer]:
    """Gives the ways to answer: those that were named, else all that the model makes possible."""
    if not model and not url:
        if set(ways) - {"own"}:
            sys.exit("--way tools and --way bare need --model or --model-url")
        return {"own": by_command()}
    from dbwright.frontends.agent.wanted import wanted

    named = wanted(HERE, model or None, url or None)
    assert named is not None
    made = {"own": by_command(), "tools": by_agent(named), "bare": by_bare_model(named)}
    return {way: made[way] for way in ways or WAYS}


def scores(chosen: Sequence[Case], ways: dict[str, Answerer], *, quiet: bool) -> list[Score]:
    """Asks each request each way, and judges every answer alike."""
    found = [Score(way) for way in ways]
    with tempfile.TemporaryDirectory() as folder, opened() as place:
        for case in chosen:
            for score, answer in zip(found, ways.values(), strict=True):
                if score.way == "bare" and not case.is_judged_in_words:
                    continue
                given, wrong = _asked(case, answer, Path(folder) / score.way, place)
                score.add(case, given, wrong)
                if not quiet:
                    print("\n".join(_told(score.way, case, given, wrong)), flush=True)
    return found


def _asked(case: Case, answer: Answerer, folder: Path, place: Place) -> tuple[Given, list[str]]:
    project = prepared(case, folder / case.name)
    begun = time.monotonic()
    given = answer(case, project)
    given = given if given.seconds else replace(given, seconds=time.monotonic() - begun)
    try:
        return given, judged(case, given, project, place)
    except Exception as error:  # one request must not end the run
        return given, [f"{type(error).__name__}: {error}"]


def _told(way: str, case: Case, given: Given, wrong: Sequence[str]) -> Iterator[str]:
    failed = f"  model: {given.spent['failed']}" if given.spent.get("failed") else ""
    yield (f"{'✗' if wrong else '✓'} {way:5} {case.name:24} {given.seconds:4.0f} s  "
           f"{given.kind}{failed}")  # fmt: skip
    yield from (f"      {why}"[:400] for why in wrong)


def sums(half: str, found: Sequence[Score]) -> Iterator[str]:
    """Yields how many each way got right; beside the first, what others gained and lost."""
    for score in found:
        total = len(score.right) + len(score.wrong)
        yield f"{half:10} {score.way:5} {len(score.right)} of {total} right{_cost(score)}"
    for score in found[1:]:
        gained, lost = score.right - found[0].right, found[0].right & score.wrong
        for word, names in (("gained", gained), ("lost", lost)):
            if names:
                yield f"{'':10} {score.way:5} {word} to {found[0].way}: {', '.join(sorted(names))}"


def _cost(score: Score) -> str:
    if not score.spent:
        return ""
    count = {key: sum(int(str(each[key])) for each in score.spent)
             for key in ("requests", "calls", "tokens", "traced", "untraced")}  # fmt: skip
    failed = sum(bool(each["failed"]) for each in score.spent)
    return (
        f"; the model: {count['requests']} requests, {count['calls']} calls of tools, "
        f"{count['tokens']:,} tokens, {count['traced']} statements traced and "
        f"{count['untraced']} not, no answer to {failed}"
    )


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
