"""A program of the set: its label, the marks on its lines, and its source as tools get it.

The label is TOML in comments at the head, between `# /// label` and `# ///`. A mark stands at the
end of a line: `#! KIND ABOUT` for each finding that belongs there, `#> loop`, `#> call` and
`#> root` for the lines that belong to it. What stands after `# --- fixed ---` replaces what has
the same name above it, when the fix is applied.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GROUPS = ("bad", "good")
FIXED = "# --- fixed ---"
BESIDE = re.compile(r"""["'](\w+\.(?:html|ini))["']""")
MARK = re.compile(r"\s*(?:#|\{#)([!>]) (.+?)(?: #\})?$")
KEYS = {
    "on", "static", "run", "before", "after", "measure", "option", "root", "replace",
    "raises", "raises_fixed", "result", "result_fixed", "looks", "why", "least", "beside",
}  # fmt: skip
ROLES = ("loop", "call", "root")
KINDS = {
    "lazy-load", "inheritance-load", "deferred-load", "expired-load", "refresh-loop",
    "repeated-select", "get-loop", "count-per-row", "collection-counted", "cartesian-load",
    "unused-eager-load", "write-loop", "flush-storm", "autoflush-storm", "commit-per-row",
    "cascade-delete-per-row", "missing-greenlet", "engine-per-request", "shared-session",
    "blocking-engine", "open-transaction", "missing-rollback", "pool-too-large", "no-pre-ping",
    "prepared-behind-pooler", "credentials-in-source", "no-timeout", "no-tls",
    "rows-loaded-to-count",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line's mark says: a finding's kind and what it is about, or a role of the line."""

    file: str
    line: int
    kind: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the set; `label` has the keys that README.md explains."""

    path: Path
    text: str
    label: dict[str, Any]
    marks: list[Mark] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its group and name: `bad/author_of_each_post`."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def bad(self) -> bool:
        """Whether there is something to find in it."""
        return self.path.parent.name == "bad"

    @property
    def findings(self) -> list[Mark]:
        """The marks that a tool should find."""
        return [mark for mark in self.marks if mark.kind not in ROLES]

    @property
    def static(self) -> list[Mark]:
        """The marks that a reader of the source should find."""
        said = self.label.get("static", False)
        kinds = KINDS if said is True else set(said or [])
        return [mark for mark in self.findings if mark.kind in kinds]

    @property
    def on(self) -> list[str]:
        """The databases that it is run on."""
        return list(self.label.get("on", ["sqlite"]))

    def asked(self) -> str:
        """The source as tools get it: without label, marks and fix; lines keep their numbers."""
        return unmarked(_without_label(self.text.split(FIXED)[0]))

    def fixed(self) -> str:
        """The source with the fix applied; a fix by options is given to the run apart."""
        above, _, below = self.text.partition(FIXED)
        for old, new in self.label.get("replace", []):
            if old not in above:
                raise ValueError(f"{self.name}: nothing to replace: {old}")
            above = above.replace(old, new)
        return unmarked(_without_label(above)) + "\n" + below

    def options(self) -> list[tuple[str, str]]:
        """The root entities with the options that their statements get when the fix is applied."""
        if "option" not in self.label:
            return []
        return [(self.label["root"], self.label["option"])]


def unmarked(text: str) -> str:
    """A text with the marks taken off its lines."""
    return "\n".join(MARK.sub("", line) for line in text.splitlines()) + "\n"


def templates(text: str) -> list[Path]:
    """The templates, or the ini file, that a program names."""
    names = dict.fromkeys(BESIDE.findall(text))
    return [HERE / "programs" / "templates" / name for name in names]


def read(path: Path) -> Program:
    """One program; a label that cannot be understood is a ValueError."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    first, last = lines.index("# /// label"), lines.index("# ///")
    label = tomllib.loads("\n".join(line[2:] for line in lines[first + 1 : last]))
    if unknown := set(label) - KEYS:
        raise ValueError(f"{path}: unknown keys {sorted(unknown)}")
    marks = _marks(path.name, text.split(FIXED)[0])
    for template in templates(text):
        marks += _marks(template.name, template.read_text(encoding="utf-8"))
    program = Program(path, text, label, marks)
    named = {mark.kind for mark in marks} | {program.label.get("looks", "lazy-load")}
    if strange := named - KINDS - set(ROLES):
        raise ValueError(f"{program.name}: unknown kinds {sorted(strange)}")
    if "option" in label and "root" not in named:
        raise ValueError(f"{program.name}: no line is marked as the root of its option")
    if program.bad != bool(program.findings):
        raise ValueError(f"{program.name}: a bad program has marks, a good one has none")
    return program


def load(groups: tuple[str, ...] = GROUPS) -> list[Program]:
    """All programs of the groups."""
    folders = [HERE / "programs" / group for group in groups]
    return [read(path) for folder in folders for path in sorted(folder.glob("*.py"))]


def _without_label(text: str) -> str:
    """A text whose label's lines are empty."""
    head, _, rest = text.partition("# /// label\n")
    label, _, rest = rest.partition("# ///\n")
    return head + "\n" * (label.count("\n") + 2) + rest


def _marks(file: str, text: str) -> list[Mark]:
    """The marks of a file."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not (mark := MARK.search(line)):
            continue
        for said in mark[2].split(", "):
            kind, _, about = said.partition(" ")
            found.append(Mark(file, number, kind, about))
    return found
