"""Asks the tools about every program, judges the answers, and prints the table.

    python run.py FOLDER --postgresql URL --mariadb URL [--tool NAME]... [--program TEXT]...
                  [--every] [--save FILE] [--details]

FOLDER is what prepare.py filled. A program is asked on the first of its databases that the run has,
with `--every` on all. Programs that are only read are asked of tools that read sources. With
`--save` answers and verdicts are kept: a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import program as programs
import score
from place import Places
from program import Program
from score import Verdict
from tools import dbwright, nplusone, querycount, queryguard, queryspy
from tools.answer import forgotten

ASKED = (dbwright, queryspy, queryguard, querycount, nplusone)
TOOLS: dict[str, Any] = {tool.NAME: tool for tool in ASKED}


def main() -> int:
    """Runs the tools over the programs and prints a line for each."""
    given = arguments()
    tools = [tool for tool in given.tool or TOOLS if there(tool, given.folder)]
    kept: dict[str, Any] = {}
    if given.save and given.save.exists():
        kept = json.loads(given.save.read_text())
    verdicts: dict[str, dict[str, Verdict]] = {tool: {} for tool in tools}
    places = Places(given.folder, given.postgresql, given.mariadb)
    try:
        for each in programs.load():
            if given.program and not any(part in each.name for part in given.program):
                continue
            for driver in drivers(each, places, given.every):
                for tool in tools:
                    verdict = asked(tool, each, driver, places, kept)
                    verdicts[tool][f"{each.name} {driver}"] = verdict
                    if given.details:
                        tell(tool, each, driver, verdict)
            if given.save:
                given.save.write_text(json.dumps(kept, indent=1))
    finally:
        places.close()
        forgotten(given.folder)
    print(score.table([score.HEAD, *(score.line(tool, verdicts[tool]) for tool in tools)]))
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--postgresql", default="", help="URL of a server; a superuser")
    parser.add_argument("--mariadb", default="", help="URL of a server; its root")
    parser.add_argument("--tool", action="append", choices=list(TOOLS))
    parser.add_argument("--program", action="append", default=[], help="a part of a name")
    parser.add_argument("--every", action="store_true", help="on every database of a program")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--details", action="store_true", help="each verdict that is not perfect")
    return parser.parse_args()


def drivers(each: Program, places: Places, every: bool) -> list[str]:
    """The databases that a program is asked on; none for one that tools only read."""
    if each.label.get("run") in ("source", "check"):
        return []
    found = [driver for driver in each.on if places.there(driver)]
    return found if every else found[:1]


def asked(tool: str, each: Program, driver: str, places: Places, kept: dict[str, Any]) -> Verdict:
    """The verdict on a tool's answer; what broke off is one with its problem."""
    seal = hashlib.sha256(each.text.encode()).hexdigest()[:12]
    key = f"{tool} {each.name} {driver} {seal}"
    if key not in kept:
        answer = TOOLS[tool].ask(each, places.empty(driver), places.folder)
        verdict = score.judged(each, answer, TOOLS[tool].KINDS, places, driver)
        kept[key] = {
            "verdict": asdict(verdict),
            "findings": [asdict(said) for said in answer.findings],
        }
    return Verdict(**kept[key]["verdict"])


def there(tool: str, folder: Path) -> bool:
    """Whether a tool can be asked; one that cannot is told."""
    if tool == dbwright.NAME or (folder / tool / "installed").exists():
        return True
    print(f"{tool}: not there, see prepare.py", file=sys.stderr)
    return False


def tell(tool: str, each: Program, driver: str, verdict: Verdict) -> None:
    """A line on a verdict that is not the best one."""
    flaws = [f"alarm: {alarm}" for alarm in verdict.alarms]
    for name, part in (("named", verdict.named), ("on the line", verdict.placed)):
        if part < verdict.labelled:
            flaws.append(f"{part} of {verdict.labelled} {name}")
    if verdict.right < verdict.options:
        flaws.append("no right option")
    if verdict.changed:
        flaws.append("the program gives something else under it")
    if verdict.problem:
        flaws.append(verdict.problem)
    if flaws:
        print(f"{tool:18}{each.name:34} {driver:9} {'; '.join(flaws)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
