"""Requests: a text as people write it, the same as a brief, and what any reviewer insists on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

KINDS = ("one-liner", "bullets", "prose", "brief")
MUSTS = (
    "table",
    "column",
    "unique",
    "foreign_key",
    "index",
    "refuses",
    "accepts",
    "absent",
    "relationship",
    "partitioned",
    "reported",
)


@dataclass(frozen=True, slots=True)
class Must:
    """One thing that the models must have: its kind, what it names, and what else it says."""

    kind: str
    what: Any
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = "".join(f", {name} {value}" for name, value in self.more.items())
        return f"{self.kind} {self.what}{told}"


@dataclass(frozen=True, slots=True)
class Request:
    """A file of the set. `contradictory`: as words it must be asked back, so no models come."""

    name: str
    kind: str
    text: str
    brief: dict[str, Any]
    musts: tuple[Must, ...]
    contradictory: bool = False

    @property
    def hand(self) -> str:
        """Who wrote it: `other` and `third` to `sixth` never saw the reader of words."""
        first = self.name.partition("_")[0]
        return first if first in ("other", "third", "fourth", "fifth", "sixth") else "own"


def read_request(path: Path) -> Request:
    """Gives the request that a file holds; a malformed one raises ValueError with its name."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    unknown = set(data) - {"request", "kind", "brief", "must", "contradictory"}
    if unknown or data.get("kind") not in KINDS:
        raise ValueError(f"{path.name}: kind {data.get('kind')!r}, unknown keys {sorted(unknown)}")
    musts = tuple(must_of(path.name, item) for item in data.get("must") or ())
    return Request(
        path.stem,
        data["kind"],
        data.get("request") or "",
        data.get("brief") or {},
        musts,
        bool(data.get("contradictory")),
    )


def must_of(file: str, item: dict[str, Any]) -> Must:
    """Gives the must that an item of a checklist is; ValueError where it is none or two."""
    # YAML reads the key `null` as nothing
    item = {"null" if name is None else name: value for name, value in item.items()}
    kinds = [name for name in item if name in MUSTS]
    more = {name: value for name, value in item.items() if name not in kinds}
    unknown = set(more) - {"type", "null", "where", "on_delete"}
    if len(kinds) != 1 or unknown:
        raise ValueError(f"{file}: not one must, or unknown words: {item}")
    return Must(kinds[0], item[kinds[0]], more)


def all_requests(folder: Path, only: list[str]) -> list[Request]:
    """Gives the requests below a folder in the order of their names; `only` are parts of names."""
    found = sorted(folder.rglob("*.yaml"), key=lambda path: path.stem)
    chosen = [path for path in found if not only or any(part in path.stem for part in only)]
    return [read_request(path) for path in chosen]
