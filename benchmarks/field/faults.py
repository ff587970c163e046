"""The seeded faults: 20 a project, written before dbwright's rules were.

    python faults.py CHECKOUT PROJECT [FAULT ...]     plants the named faults, or all 20

A fault is read from seeds/<project>.toml. It has an `idea` (a line of the catalogue, and a
key of accept.toml), the `object` it is about, `between` (SQL run between
upgrade and downgrade when it is measured), edits of models in `edits` and `append`, and the
bodies of a revision's `upgrade` and `downgrade`. Places are found by the words of the code: an
edit whose `old` text is not there exactly once stops the planting, so that a new version of a
project cannot lose a fault in silence. Revisions are chained on the head that they find.

A fault with `alone = true` (a second head, an upgrade that always fails) would hide the others;
it is planted only by name.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import prepare

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Fault:
    """One fault: what is planted and which finding counts as having seen it."""

    id: str
    job: str
    idea: str
    object: str
    expect: str
    slug: str = ""
    upgrade: str = ""
    downgrade: str = ""
    imports: str = ""
    edits: list[dict[str, str]] = field(default_factory=list)
    file: str = ""
    append: str = ""
    between: str = ""
    alone: bool = False

    @property
    def revision(self) -> str:
        """The revision's id, the same on every run."""
        return hashlib.sha1(self.id.encode()).hexdigest()[:12]

    @property
    def revision_file(self) -> str:
        """The name of the revision's file."""
        return f"{self.revision}_{self.slug}.py"


def faults(project: str) -> list[Fault]:
    """The faults of a project, in planting order, those that stand alone at the end."""
    listed: list[dict[str, Any]] = read(project)["fault"]
    found = [Fault(**{**item, "file": item.get("file", "")}) for item in listed]
    return [f for f in found if not f.alone] + [f for f in found if f.alone]


def read(project: str) -> dict[str, Any]:
    """The seeds file of a project."""
    return tomllib.loads((HERE / "seeds" / f"{project}.toml").read_text())


def accepted() -> dict[str, dict[str, list[str]]]:
    """For each idea the rule names and claims that count as having found it."""
    table: dict[str, dict[str, list[str]]] = tomllib.loads((HERE / "accept.toml").read_text())
    return table


def plant(root: Path, project: dict[str, Any], fault: Fault, head: str | None = None) -> str:
    """Plants one fault in a checkout; gives the new head."""
    folder = root / project["versions"]
    head = head or single_head(folder)
    for edit in fault.edits:
        path = root / edit.get("file", fault.file)
        path.write_text(replace(path.read_text(), edit, fault.id))
    if fault.append:
        path = root / fault.file
        path.write_text(path.read_text().rstrip("\n") + "\n\n\n" + fault.append.strip("\n") + "\n")
    if not fault.upgrade:
        return head
    if fault.idea == "second-head":
        head = parent_of(folder, head)
    (folder / fault.revision_file).write_text(source(fault, head))
    return fault.revision


def replace(text: str, edit: dict[str, str], name: str) -> str:
    """The text with `old` replaced once, inside the block that starts with `within` if given."""
    start, end = 0, len(text)
    if "within" in edit:
        start = text.index(edit["within"])
        following = re.compile(r"^(class|def|@|\w+ = )", re.M).search(text, start + 1)
        end = following.start() if following else end
    if text[start:end].count(edit["old"]) != 1:
        raise SystemExit(f"{name}: not found exactly once: {edit['old']!r}")
    return text[:start] + text[start:end].replace(edit["old"], edit["new"]) + text[end:]


def source(fault: Fault, head: str) -> str:
    """The text of the fault's revision file."""
    title = fault.slug.replace("_", " ")
    imports = f"{fault.imports.strip()}\n" if fault.imports else ""
    return "\n".join(
        [
            f'"""{title}',
            "",
            f"Revision ID: {fault.revision}",
            f"Revises: {head}",
            "Create Date: 2026-11-02 10:00:00.000000",
            "",
            '"""',
            "",
            "import sqlalchemy as sa",
            "from alembic import op",
            imports,
            "# revision identifiers, used by Alembic.",
            f'revision = "{fault.revision}"',
            f'down_revision = "{head}"',
            "branch_labels = None",
            "depends_on = None",
            "",
            "",
            "def upgrade():",
            textwrap.indent(fault.upgrade.strip("\n"), "    "),
            "",
            "",
            "def downgrade():",
            textwrap.indent(fault.downgrade.strip("\n") or "pass", "    "),
            "",
        ]
    )


def links(folder: Path) -> dict[str, set[str]]:
    """revision → its parents, read from the text of the revision files."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.py")):
        text = path.read_text()
        own = re.search(r"^revision\b[^=\n]*=\s*u?['\"]([^'\"]+)", text, re.M)
        parents = re.search(r"^down_revision\b[^=\n]*=\s*(\([^)]*\)|.*)", text, re.M)
        if own and parents:
            found[own[1]] = set(re.findall(r"['\"]([^'\"]+)['\"]", parents[1]))
    return found


def heads(folder: Path) -> list[str]:
    """The revisions that no other one names as its parent."""
    chain = links(folder)
    return sorted(set(chain) - set().union(*chain.values()))


def single_head(folder: Path) -> str:
    """The head of a chain that has one; anything else stops the planting."""
    found = heads(folder)
    if len(found) != 1:
        raise SystemExit(f"{folder}: one head expected, found {', '.join(found) or 'none'}")
    return found[0]


def parent_of(folder: Path, head: str) -> str:
    """The parent of the head."""
    return sorted(links(folder)[head])[0]


def plant_all(root: Path, project: dict[str, Any], names: list[str]) -> list[Fault]:
    """Plants the named faults, or all that stand together, and commits them on a branch."""
    found = faults(project["name"])
    unknown = set(names) - {f.id for f in found}
    if unknown:
        raise SystemExit(f"no such fault: {', '.join(sorted(unknown))}")
    chosen = [f for f in found if (f.id in names if names else not f.alone)]
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "switch", "--quiet", "--force-create", "seeded", "main"], check=True)
    head = None
    for fault in chosen:
        head = plant(root, project, fault, head)
    prepare.commit(root, f"Seed {len(chosen)} faults")
    return chosen


def main(arguments: list[str]) -> None:
    """Plants faults in the checkout named on the command line."""
    if len(arguments) < 2:
        raise SystemExit(__doc__)
    root, name = Path(arguments[0]), arguments[1]
    for fault in plant_all(root, prepare.projects([name])[0], arguments[2:]):
        print(fault.id, fault.idea, fault.object, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
