"""Judges an answer to a case: cause, advice, misleading, wrong rewrites; runs what can be run."""

from __future__ import annotations

import math
import re
import sqlite3
from dataclasses import dataclass, field
from typing import Any

import casefile
import psycopg
from casefile import Advice, Case
from measure import Measured, PostgreSQL, SQLite
from places import Places, TooSlow
from tools.answer import Answer, Said

RIGHT = 1.5  # advice that is run helps from this gain on, and from the root of the known gain
USELESS = 1.2  # an index for a slow query that gains less misleads: every write pays for it
SLOWER = 0.8  # a rewrite that gains less misleads
RUN = ("index", "extended-statistics", "analyze", "vacuum", "configuration", "function-volatility")
ERRORS = (psycopg.Error, sqlite3.Error)


@dataclass(slots=True)
class Verdict:
    """What an answer is worth on one case; `seen` says what was run and what it gained."""

    named: bool = False
    right: bool = False
    misleading: bool = False
    alarm: bool = False
    wrong: bool = False
    silent: bool = False
    seen: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For the file of results."""
        return {name: getattr(self, name) for name in self.__slots__}


def judged(case: Case, answer: Answer, places: Places, known_gain: float) -> Verdict:
    """The verdict on an answer."""
    verdict = Verdict(silent=not answer.causes and not answer.advice)
    verdict.wrong = any_wrong(case, answer, places, verdict)
    if case.kind == "slow":
        verdict.named = named(case, answer)
        advised(case, answer, places, known_gain, verdict)
        verdict.misleading |= verdict.wrong
    elif case.kind == "fine":
        verdict.alarm = bool([c for c in answer.causes if c != "none"]) or bool(answer.advice)
    return verdict


def named(case: Case, answer: Answer) -> bool:
    """Whether one of the named causes is the label's, or counts as the same answer."""
    near = casefile.vocabulary()["near"]
    counted = {word for cause in answer.causes for word in (cause, *near.get(cause, []))}
    return bool(counted & set(case.causes))


def advised(
    case: Case, answer: Answer, places: Places, known_gain: float, verdict: Verdict
) -> None:
    """Whether a piece of advice is right, and whether one misleads."""
    enough = max(RIGHT, math.sqrt(max(known_gain, 1.0)))
    for said in answer.advice:
        matches = any(meets(said, label) for label in case.advice)
        gain = gained(case, said, places)
        if gain is not None:
            verdict.seen.append(f"{said.kind} {gain:.1f}x: {said.sql[:120]}")
            verdict.right |= gain >= enough or (matches and gain >= RIGHT)
            least = {"index": USELESS, "rewrite": SLOWER}.get(said.kind, 0.0)
            verdict.misleading |= gain < least
        elif matches:
            verdict.right = True
        elif any(meets(said, label) for label in case.misleading):
            verdict.misleading = True
            verdict.seen.append(f"misleading {said.kind}: {said.about[:120]}")


def meets(said: Said, label: Advice) -> bool:
    """Whether advice is of the label's kind and about its table and columns, where it tells them.

    What names no column is given the benefit of the doubt.
    """
    if said.kind != label.kind:
        return False
    text = plain(said.sql or said.about)
    if label.table and plain(label.table) not in text:
        return False
    return not said.sql or all(plain(column) in text for column in label.columns)


def plain(text: str) -> str:
    """A text without case, quotes and spaces."""
    return "".join(text.lower().replace('"', "").split())


def gained(case: Case, said: Said, places: Places) -> float | None:
    """The gain of advice that can be run, by CPU or by work; nothing when it cannot be."""
    if not said.sql or (said.kind not in RUN and said.kind != "rewrite"):
        return None
    if case.dialect == "sqlite" and said.kind not in ("index", "rewrite", "analyze"):
        return None
    steps = said.steps if said.steps or said.kind == "rewrite" else (said.sql,)
    if steps:  # tools that see plans alone leave the schema out
        path = ("set search_path = public, ops",) if case.dialect == "postgresql" else ()
        steps = (*path, *map(in_transaction, steps))
    sql = said.form or (said.sql if said.kind == "rewrite" else case.sql)
    try:
        before, after = places.compared(case, steps, sql)
    except TooSlow:
        return None
    except ERRORS:
        return 0.0
    return larger(before, after)


def larger(before: Measured, after: Measured) -> float:
    """The gain in CPU, or in work where CPU gains something too."""
    cpu, work = before.gain(after)
    return max(cpu, work) if cpu >= 1.1 else cpu


def in_transaction(sql: str) -> str:
    """A statement as it can be run in a transaction that is rolled back."""
    return re.sub(r"(index)\s+concurrently\b", r"\1", sql.strip().rstrip(";"), flags=re.IGNORECASE)


def any_wrong(case: Case, answer: Answer, places: Places, verdict: Verdict) -> bool:
    """Whether a rewrite that is said to be the same differs on the case's rows or its witness."""
    rewrites = [said for said in answer.advice if said.kind == "rewrite" and said.sql]
    wrong = False
    for said in (said for said in rewrites if said.says_same):
        for witness in (False, True) if case.witness else (False,):
            told = differs(case, said.sql, places, witness=witness)
            if told:
                where = "on the witness" if witness else "on the case's rows"
                verdict.seen.append(f"wrong rewrite ({told} {where}): {said.sql[:200]}")
                wrong = True
                break
    return wrong


def differs(case: Case, sql: str, places: Places, *, witness: bool) -> str:
    """What sets a rewrite apart from the query; a random query has no rows to compare."""
    place = places.made(case, witness=witness, judged=True)
    try:
        with places.session(case, place) as session:
            original = answer_of(session, case.sql)
            if "random()" in case.sql.lower():
                return ""
            try:
                other = answer_of(session, sql)
            except ERRORS:
                return "error"
            ordered = case.rows == "ordered" or case.differs == "order"
            return original.difference(other, ordered=ordered)
    finally:
        places.done(case, place)


def answer_of(session: PostgreSQL | SQLite, sql: str) -> Any:
    """The rows of a query; of one that writes, none."""
    if isinstance(session, PostgreSQL):
        return session.answer(session.asked(sql))
    return session.answer(sql)


def table(rows: list[list[str]]) -> str:
    """Rows under a head as aligned text."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def line(tool: str, cases: list[Case], verdicts: dict[str, Verdict], seconds: float) -> list[str]:
    """One tool's line of the table."""
    slow = [verdicts[case.label] for case in cases if case.kind == "slow"]
    fine = [verdicts[case.label] for case in cases if case.kind == "fine"]
    all_of_them = [verdicts[case.label] for case in cases]
    return [
        tool,
        share([v.named for v in slow]),
        share([v.right for v in slow]),
        share([v.misleading for v in slow]),
        share([v.silent for v in slow]),
        share([v.alarm for v in fine]),
        str(sum(v.wrong for v in all_of_them)),
        f"{seconds / max(len(cases), 1):.1f} s",
    ]


HEAD = ["tool", "cause named", "right advice", "misleading", "silent", "alarms on fine"]
HEAD += ["wrong rewrites", "a query"]


def share(told: list[bool]) -> str:
    """How many of how many, and that in per cent."""
    return f"{sum(told)} of {len(told)}, {100 * sum(told) / max(len(told), 1):.0f} %"
