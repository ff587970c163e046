"""Designs models for a set of requests and judges each by its own checklist.

    python benchmarks/design/check.py [--only NAME …] [--as brief words] [--json FILE] [--unproved]

A request is given two ways: as the brief that says the same, and as its own words without a
language model. What is designed is imported and created on PostgreSQL, a warning being an error;
then each `must` of the file is judged on the catalog, on rows that are tried, or on the mappers.
`reported` counts for words only: the clause is named as not used, or as a problem. One more must
stands for all: each table has a key, each foreign key an index, and no index is needless.

A contradictory request must be asked back, so of it as words only what is reported is judged. A
miss is silent where no clause was named as not used, apart from those that are to be named. Untold
are the misses of which no note names a word of what is missed: a stricter count, and too strict
where the note says it in other words. Strange
is a table of the words that neither the same request as a brief has nor a must allows.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from request_design import Answer, answer, unproved
from request_file import KINDS, Must, Request, all_requests
from request_models import made
from request_musts import STANDING, is_reported, missed
from request_told import is_told

from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice

FOLDER = Path(__file__).parent
WAYS = ("brief", "words")
Asked = Callable[[Request, str], Answer]


@dataclass(slots=True)
class Verdict:
    """What became of one request given one way."""

    name: str
    kind: str
    hand: str
    way: str
    musts: int = 0
    misses: list[tuple[str, str]] = field(default_factory=list)
    broken: str = ""
    told: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    @property
    def met(self) -> int:
        """How many musts the models have."""
        return self.musts - len(self.misses)

    @property
    def silent(self) -> bool:
        """Whether something is missed and the reader named no clause that it should have used."""
        return self.way == "words" and bool(self.misses) and not self.unexpected


def main() -> None:
    """Judges the requests that were named the ways that were named, and prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="parts of names")
    parser.add_argument("--as", dest="ways", nargs="*", default=WAYS, choices=WAYS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts there")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the requests are")
    parser.add_argument("--unproved", action="store_true", help="leave out the job's own proof")
    given = parser.parse_args()
    ask = unproved if given.unproved else answer
    verdicts = []
    with open_sandbox("postgresql", ServerChoice()) as box:
        for request in all_requests(given.folder, given.only):
            for way in given.ways:
                if request.brief if way == "brief" else request.text:
                    begun = time.monotonic()
                    verdicts.append(judged(request, way, box, ask))
                    _compare(request, verdicts)
                    _tell(verdicts[-1], time.monotonic() - begun)
    show(verdicts)
    if given.json:
        given.json.write_text(json.dumps([asdict(v) for v in verdicts], indent=1) + "\n")
    sys.exit(any(verdict.misses or verdict.broken for verdict in verdicts))


def _compare(request: Request, verdicts: list[Verdict]) -> None:
    """Notes the strange tables of a request that was given both ways."""
    last, brief = verdicts[-1], verdicts[-2:][0]
    if last.way == "words" and brief.name == last.name and brief.tables:
        allowed = {name for must in request.musts for name in re.findall(r"\w+", str(must.what))}
        last.strange = sorted(set(last.tables) - set(brief.tables) - allowed)


def judged(request: Request, way: str, box: Any, ask: Asked | None = None) -> Verdict:
    """Gives the verdict on one request: what is designed is created in a database of its own."""
    verdict = Verdict(request.name, request.kind, request.hand, way)
    musts = [must for must in (*request.musts, STANDING) if _counts(must, request, way)]
    verdict.musts = len(musts)
    with tempfile.TemporaryDirectory(prefix="dbwright-design-") as folder:
        try:
            found = (ask or answer)(request, way)
            verdict.told = list(found.told)
            verdict.broken = "" if request.contradictory else found.broken
            reports = [must for must in musts if must.kind == "reported"]
            verdict.unexpected = [
                text
                for text in verdict.told
                if not any(is_reported(must.what, [text]) for must in reports)
            ]
            others = [must for must in musts if must.kind != "reported"]
            verdict.misses += [
                (str(must), "is not named")
                for must in reports
                if not is_reported(must.what, verdict.told)
            ]
            verdict.misses += _missed(others, found, Path(folder), box, verdict.tables)
            verdict.untold = _untold(musts, verdict, found)
        except Exception as error:
            verdict.broken = "".join(traceback.format_exception_only(error)).strip()
            verdict.misses = [(str(must), "no models") for must in musts]
    return verdict


def _untold(musts: list[Must], verdict: Verdict, found: Answer) -> list[str]:
    if verdict.way != "words":
        return []
    notes, why = [*verdict.unexpected, *found.guessed], dict(verdict.misses)
    missing = [must for must in musts if str(must) in why]
    return [str(must) for must in missing if not is_told(must, why[str(must)], notes)]


def _counts(must: Must, request: Request, way: str) -> bool:
    if way == "brief":
        return must.kind != "reported"
    return must.kind == "reported" or not request.contradictory


def _missed(
    musts: list[Must], found: Answer, folder: Path, box: Any, tables: list[str]
) -> list[tuple[str, str]]:
    if not musts or not found.files:
        return [(str(must), "no models") for must in musts]
    with box.clone(None) as database, made(found.files, folder, database) as models:
        tables += [table.name for table in models.schema.tables if table.kind != "partition"]
        answers = [(must, missed(must, models)) for must in musts]
    return [(str(must), why) for must, why in answers if why is not None]


def _tell(verdict: Verdict, seconds: float) -> None:
    head = f"{verdict.name} as {verdict.way}: {verdict.met} of {verdict.musts}, {seconds:.1f} s"
    print(head + (" (silent)" if verdict.silent else ""), file=sys.stderr, flush=True)
    if verdict.strange:
        print(f"  strange: {', '.join(verdict.strange)}", file=sys.stderr)
    if verdict.broken:
        print(f"  broken: {verdict.broken}", file=sys.stderr)
        return
    for must, why in verdict.misses:
        print(f"  {must}: {why}", file=sys.stderr)


def show(verdicts: list[Verdict]) -> None:
    """Prints the shares by way, hand and kind."""
    counts = "broken  silent  untold  strange"
    print(f"given     hand   kind       requests  whole  musts met         {counts}")
    for way in WAYS:
        for hand in sorted({verdict.hand for verdict in verdicts}):
            for kind in KINDS:
                rows = [v for v in verdicts if (v.way, v.hand, v.kind) == (way, hand, kind)]
                if rows:
                    print(_line(way, hand, kind, rows))
        rows = [verdict for verdict in verdicts if verdict.way == way]
        if rows:
            print(_line(way, "", "all", rows))


def _line(way: str, hand: str, kind: str, rows: list[Verdict]) -> str:
    musts, met = sum(v.musts for v in rows), sum(v.met for v in rows)
    whole = sum(not v.misses and not v.broken for v in rows)
    share = f"{met} of {musts}, {100 * met / musts:.1f} %" if musts else "-"
    broken, silent = sum(bool(v.broken) for v in rows), sum(v.silent for v in rows)
    untold, strange = sum(len(v.untold) for v in rows), sum(len(v.strange) for v in rows)
    return (
        f"{way:<9} {hand:<6} {kind:<10} {len(rows):>8}  {whole:>5}  {share:<16}  "
        f"{broken:>6}  {silent:>6}  {untold:>6}  {strange:>7}"
    )


if __name__ == "__main__":
    main()
