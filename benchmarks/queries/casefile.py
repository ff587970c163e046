"""Reads the set's cases: slow queries, fine ones and traps, held against the closed vocabulary."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GROUPS = ("seen", "unseen", "third")
KINDS = ("slow", "fine", "trap")
DIALECTS = ("postgresql", "sqlite")
DIFFERENCES = ("rows", "order", "columns", "types", "error")
ROWS = ("same", "ordered", "other")

COMMON = {"name", "database", "on", "why", "sql", "state", "settings", "schema"}
KEYS = {
    "slow": {
        "cause",
        "also",
        "advice",
        "misleading",
        "fix",
        "rewrite",
        "rows",
        "parameters",
        "warm",
    },
    "fine": {"tempting", "fix", "rewrite", "tempting_cause", "parameters", "warm"},
    "trap": {"rewrite", "rewrites", "differs", "witness", "rows_before"},
}
NEEDED = {
    "slow": {"name", "why", "sql", "cause", "advice"},
    "fine": {"name", "why", "sql", "tempting"},
    "trap": {"name", "why", "sql", "rewrite", "differs", "witness"},
}


@dataclass(frozen=True, slots=True)
class Advice:
    """A kind of advice with what decides it: the table, the columns, the method of an index."""

    kind: str
    table: str = ""
    columns: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One query with its label on one dialect; README.md says what each part means."""

    kind: str
    group: str
    name: str
    dialect: str
    database: str
    why: str
    sql: str
    schema: str = ""
    state: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    warm: tuple[tuple[str, ...], ...] = ()
    causes: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()
    misleading: tuple[Advice, ...] = ()
    fix: tuple[str, ...] = ()
    rewrite: str = ""
    rows: str = "same"
    differs: str = ""
    witness: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name with the dialect, which together are unique."""
        return f"{self.name}/{self.dialect}"


class CaseError(Exception):
    """A case that the set's form does not allow."""


def vocabulary() -> dict[str, dict[str, Any]]:
    """The words that labels may use."""
    return tomllib.loads((HERE / "vocabulary.toml").read_text(encoding="utf-8"))


def load(groups: tuple[str, ...] = GROUPS, kinds: tuple[str, ...] = KINDS) -> list[Case]:
    """All cases of the groups and kinds; two of one name are an error."""
    words = vocabulary()
    found: list[Case] = []
    for group in groups:
        for file in sorted((HERE / "cases" / group).glob("*.toml")):
            read = tomllib.loads(file.read_text(encoding="utf-8"))
            for kind, entries in read.items():
                if kind not in KINDS:
                    raise CaseError(f"{file.name}: [[{kind}]] is none of {', '.join(KINDS)}")
                for entry in entries if kind in kinds else []:
                    found += cases(entry, kind, group, words)
    labels = [case.label for case in found]
    twice = {label for label in labels if labels.count(label) > 1}
    if twice:
        raise CaseError(f"two cases have one name: {', '.join(sorted(twice))}")
    return found


def cases(entry: dict[str, Any], kind: str, group: str, words: dict[str, Any]) -> Iterator[Case]:
    """One case for each dialect that an entry is for."""
    base = {key for key in entry if not key.endswith("_sqlite")}
    name = entry.get("name", "?")
    unknown = {key.removesuffix("_sqlite") for key in entry} - COMMON - KEYS[kind]
    missing = NEEDED[kind] - base
    if unknown or missing:
        raise CaseError(f"{name}: {unknown=} {missing=}")
    for dialect in entry.get("on", ["postgresql"]):
        if dialect not in DIALECTS:
            raise CaseError(f"{name}: {dialect} is none of {', '.join(DIALECTS)}")
        own = {key: value for key, value in entry.items() if key in base}
        if dialect == "sqlite":
            own |= {k.removesuffix("_sqlite"): v for k, v in entry.items() if k not in base}
        yield case(own, kind, group, dialect, words)


def case(own: dict[str, Any], kind: str, group: str, dialect: str, words: dict[str, Any]) -> Case:
    """A case out of its table."""
    causes = tuple(filter(None, [own.get("cause"), *own.get("also", [])]))
    tempting = [own["tempting"]] if "tempting" in own else []
    advice = tuple(advised(own["name"], told, words) for told in own.get("advice", []))
    misleading = tuple(
        advised(own["name"], told, words) for told in [*own.get("misleading", []), *tempting]
    )
    for cause in causes:
        if cause not in words["causes"]:
            raise CaseError(f"{own['name']}: no such cause: {cause}")
    for key, allowed in (("rows", ROWS), ("differs", DIFFERENCES)):
        if key in own and own[key] not in allowed:
            raise CaseError(f"{own['name']}: {key} is one of {', '.join(allowed)}")
    return Case(
        kind=kind,
        group=group,
        name=own["name"],
        dialect=dialect,
        database=own.get("database", ""),
        why=own["why"],
        sql=own["sql"].strip(),
        schema=own.get("schema", ""),
        state=statements(own.get("state", [])),
        settings=own.get("settings", {}),
        parameters=tuple(own.get("parameters", [])),
        warm=tuple(tuple(row) for row in own.get("warm", [])),
        causes=causes,
        advice=advice,
        misleading=misleading,
        fix=statements(own.get("fix", [])),
        rewrite=own.get("rewrite", "").strip(),
        rows=own.get("rows", "same"),
        differs=own.get("differs", ""),
        witness=statements(own.get("witness", [])),
    )


def statements(given: str | list[str]) -> tuple[str, ...]:
    """A text or a list of texts as a tuple of them."""
    return tuple(filter(None, [given] if isinstance(given, str) else given))


def advised(name: str, told: dict[str, Any], words: dict[str, Any]) -> Advice:
    """A piece of advice of a label."""
    if told.get("kind") not in words["advice"]:
        raise CaseError(f"{name}: no such kind of advice: {told.get('kind')}")
    rest = {key: value for key, value in told.items() if key != "columns"}
    try:
        return Advice(columns=tuple(told.get("columns", [])), **rest)
    except TypeError as problem:
        raise CaseError(f"{name}: {problem}") from problem
