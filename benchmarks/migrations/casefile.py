"""Reads the cases: tables of TOML in cases/, each a change as people write it, with its label."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DIALECTS = ("postgresql", "sqlite", "mariadb")
REASONS = (
    "blocks_reads",
    "blocks_writes",
    "full_scan_locked",
    "table_rewrite",
    "long_row_locks",
    "lock_no_timeout",
    "breaks_old_code",
    "data_loss",
    "fails_on_data",
    "fails_at_runtime",
    "fails_offline",
    "imports_application",
    "non_transactional",
    "downgrade_fails",
    "lossy_downgrade",
    "irreversible_downgrade",
    "leaves_object_behind",
    "refuses_good_row",
    "rename_as_drop_add",
    "schema_differs",
    "graph_multiple_heads",
    "graph_duplicate_revision",
    "graph_missing_parent",
)
HEADER = '''"""{title}

Revision ID: {revision}
Revises: {parent}
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{parent}"
branch_labels = None
depends_on = None

'''
OWN_HEADER = re.compile(r"^revision\s*[:=]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """One change with its label: `danger` names the reasons, `safe` says why there is none.

    `before` is a revision that production has already, `revisions` are those under review.
    `rows` fills what `before` made; `old` and `next_rows` are statements of the code of before and
    after, `after_rows` rows that come between upgrade and downgrade, `leftover` is run before the
    upgrade and may fail. `env` holds what env.py sets.
    """

    name: str
    note: str
    file: str
    on: str = "postgresql"
    danger: tuple[str, ...] = ()
    safe: str = ""
    before: str = ""
    revisions: tuple[str, ...] = ()
    rows: str = ""
    old: tuple[str, ...] = ()
    next_rows: tuple[str, ...] = ()
    after_rows: tuple[str, ...] = ()
    leftover: str = ""
    models: str = ""
    env: dict[str, Any] = field(default_factory=dict)
    since: int = 13
    until: int = 99

    def files(self) -> dict[str, str]:
        """The revision files after the base's: name to text, `before` first."""
        texts = [*([self.before] if self.before else []), *self.revisions]
        return {
            f"{number:04}_{self.name.replace('-', '_')}.py": self._file(text, number)
            for number, text in enumerate(texts, start=2)
        }

    def start(self) -> str:
        """The revision that production has."""
        return "0002" if self.before else "0001"

    def _file(self, text: str, number: int) -> str:
        if OWN_HEADER.search(text):
            return text.lstrip("\n")
        title = self.name.replace("-", " ")
        header = HEADER.format(title=title, revision=f"{number:04}", parent=f"{number - 1:04}")
        return header + text


def load(folder: Path = HERE / "cases") -> list[Case]:
    """All cases, in the order of their files; raises ValueError for one that cannot be meant."""
    found: list[Case] = []
    for file in sorted(folder.glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
            found.append(read(entry, file.stem))
    names = [case.name for case in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"names of two cases: {', '.join(twice)}")
    return found


def read(entry: dict[str, Any], file: str) -> Case:
    """One case from its table; raises ValueError when its label or its words are not known."""
    values = dict(entry)
    if "revision" in values:
        values["revisions"] = [values.pop("revision")]
    for key in ("danger", "revisions", "old", "next_rows", "after_rows"):
        if key in values:
            values[key] = tuple(values[key])
    case = Case(file=file, **values)
    if bool(case.danger) == bool(case.safe):
        raise ValueError(f"{case.name}: a case is a danger or safe")
    if set(case.danger) - set(REASONS):
        raise ValueError(f"{case.name}: unknown reasons {set(case.danger) - set(REASONS)}")
    if case.on not in DIALECTS or not case.revisions:
        raise ValueError(f"{case.name}: no such dialect, or no revision")
    return case
