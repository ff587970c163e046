"""Asks dbwright's readers of source about every program, and prints what they say wrongly.

    python static.py FOLDER [--program TEXT]... [--details]

No program is run: its models are configured in a child process, and its text is read beside them.
A finding of the label counts where it is of the same kind and in the same statement. What is said
within `fill` counts neither for nor against; in a bad program only what its label does not know.
"""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path

import program as programs
import score
from program import Program, templates, unmarked
from tools import dbwright
from tools.answer import Said, forgotten, placed

from dbwright.collect.engine_source import read_holding
from dbwright.core.application import Application
from dbwright.core.errors import DbwrightError
from dbwright.core.recording import Recording
from dbwright.core.rule import Rule
from dbwright.core.source import Source
from dbwright.core.target import Target
from dbwright.jobs.flow import analyze
from dbwright.jobs.holding import judged
from dbwright.jobs.models import read_mapping
from dbwright.recipes.loops.scan import scanned
from dbwright.rules.registry import rules_for
from dbwright.scratch.worker import Worker

KINDS = {
    "lazy": {"lazy-load", "collection-counted"},
    "counted": {"collection-counted"},
    "deferred": {"deferred-load"},
    "get": {"get-loop"},
    "select": {"repeated-select"},
    "count": {"count-per-row"},
    "refresh": {"refresh-loop"},
    "write": {"write-loop"},
    "commit": {"commit-per-row"},
    "flush": {"flush-storm"},
}
HELD = {
    "blocking-engine", "credentials-in-source", "engine-per-request", "no-pre-ping", "no-timeout",
    "no-tls", "pool-too-large", "prepared-behind-pooler", "shared-session",
}  # fmt: skip
COUNTED = "rows-loaded-to-count"
ASKED = HELD.union({COUNTED}, *KINDS.values())


def main() -> int:
    """Reads the programs and prints what was found of their labels."""
    given = arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    rules = [rule for rule in rules_for("queries") if rule.fact is Application]
    holding = [rule for rule in rules_for("queries") if rule.fact is Recording]
    worker = Worker(Path(sys.executable), given.folder, dialect="sqlite", timeout=120)
    labelled = named = placed = others = options = right = good = alarms = beside = 0
    for each in programs.load():
        if given.program and not any(part in each.name for part in given.program):
            continue
        said = [] if each.label.get("run") == "source" else read(each, worker, given.folder, rules)
        said += held(each, given.folder, holding)
        mine = [mark for mark in each.static if mark.kind in ASKED]
        others += len(each.static) - len(mine)
        labelled += len(mine)
        for mark in mine:
            same = [one for one in said if score.meets(one, mark, {**dbwright.KINDS, **KINDS})]
            there = any(score.stands(one, mark, each) for one in same)
            named, placed = named + bool(same), placed + there
            if given.details and not there:
                print(f"{each.name}: not found: {mark.kind} {mark.about}, line {mark.line}")
        if mine and "option" in each.label:
            options += 1
            right += each.label["option"] in [text for one in said for text in one.options]
        unknown = [s for s in said if not any(score.stands(s, m, each) for m in each.findings)]
        unknown = [s for s in unknown if not also(s, each)]
        good += not each.bad
        alarms += bool(unknown) and not each.bad
        beside += len(unknown) if each.bad else 0
        for one in unknown if given.details else ():
            print(f"{each.name}: said: {one.kind} {one.about}, line {one.line}")
    print(f"named {score.share(named, labelled)}; line {score.share(placed, labelled)}")
    print(f"the label's own option {score.share(right, options)}")
    print(f"alarms on good {score.share(alarms, good)}; beside the label on bad ones {beside}")
    print(f"{others} static findings are of kinds that are not asked here")
    forgotten(given.folder)
    return 0


def also(said: Said, each: Program) -> bool:
    """Whether the label says that a finding of this kind counts neither for nor against."""
    return bool(dbwright.KINDS.get(said.kind, set()) & set(each.label.get("beside", [])))


def held(each: Program, folder: Path, rules: list[Rule]) -> list[Said]:
    """Gives what the rules say of how a program holds its database."""
    file = placed(each, folder)
    home = file.parents[1]
    source = Source(str(file.relative_to(home)), file.read_text(encoding="utf-8"))
    inis = [home / "templates" / path.name for path in templates(each.text)]
    recording = read_holding([source], home, [ini for ini in inis if ini.suffix == ".ini"])
    return [
        Said(
            one.rule,
            one.location.object or "",
            one.location.file or "",
            one.location.line or 0,
            one.advice.fix.code,
        )
        for one in judged(recording, rules, Target("sqlite")).recommendations
    ]


def read(each: Program, worker: Worker, folder: Path, rules: list[Rule]) -> list[Said]:
    """Gives what the rules say of a program, but of its `fill`."""
    code, name = each.asked(), each.path.name
    try:
        mapping, _ = read_mapping(worker, {"code": code, "filename": name}, folder)
    except DbwrightError as error:
        print(f"{each.name}: {error.message}", file=sys.stderr)
        return []
    beside = [path for path in templates(each.text) if path.suffix == ".html"]
    pages = [Source(f"templates/{p.name}", unmarked(p.read_text(encoding="utf-8"))) for p in beside]
    application = scanned(mapping, [Source(name, code)], pages)
    spans = [
        (node.lineno, node.end_lineno or 0)
        for node in ast.parse(code).body
        if isinstance(node, ast.FunctionDef) and node.name == "fill"
    ]
    found = []
    for item in analyze(rules, [application], Target("sqlite")):
        if not isinstance(item, tuple):
            raise RuntimeError(f"{item.what}: {item.why}")
        rule, _, finding = item
        where = finding.location
        line = where.line or 0
        if where.file == name and any(first <= line <= last for first, last in spans):
            continue
        fix = rule.advise(finding, application).fix
        text = f"{fix.title}\n{fix.code}"
        kind = rule.name
        if kind not in ASKED:
            kind = application.repeats[finding.details["number"]].kind
        found.append(Said(kind, where.object or "", where.file or "", line, text))
    return found


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--program", action="append", default=[], help="a part of a name")
    parser.add_argument("--details", action="store_true", help="what is missed, and what is said")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
