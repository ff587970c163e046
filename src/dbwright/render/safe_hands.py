"""Diagnoses of connections and plans of writes, as text and as JSON."""

from __future__ import annotations

import time
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.diagnosis import SUPERUSER_WAY_OUT, Diagnosis
from dbwright.core.writing import PlannedStatement, WritePlan, Written
from dbwright.render.parts import printable

_MARKS = {"error": "✖", "warning": "!", "info": "i"}


def diagnosis_json(found: Diagnosis) -> dict[str, Any]:
    """Gives a diagnosis as plain JSON data, with its exit status."""
    return {**to_json(found), "exit_status": found.exit_status}


def diagnosis_text(found: Diagnosis) -> str:
    """Gives a diagnosis as text, the worst first."""
    lines = [printable(f"{found.database}"), printable(", ".join(found.facts)), ""]
    for each in found.complaints:
        lines.append(printable(f"{_MARKS[each.severity]} {each.message}"))
        lines.append(printable(f"  {each.name}: {each.way_out}"))
    if found.complaints:
        lines.append("")
    if found.refused:
        lines += [printable(f"Refused for an agent: {found.refused}."), SUPERUSER_WAY_OUT]
    elif found.exit_status:
        many = sum(each.severity != "info" for each in found.complaints)
        lines.append(f"{many} {'thing is' if many == 1 else 'things are'} wrong with it.")
    else:
        lines.append("Nothing is wrong with it.")
    return "\n".join(lines) + "\n"


def plan_json(plan: WritePlan) -> dict[str, Any]:
    """Gives a plan as plain JSON data, with the time when it ends."""
    return {**to_json(plan), "expires": plan.expires}


def plan_text(plan: WritePlan) -> str:
    """Gives a plan as a human has to see it: the exact SQL, where it runs, its hash."""
    lines = [printable(f"On {plan.database}:"), ""]
    for at, each in enumerate(plan.statements, 1):
        lines += [f"-- {at} of {len(plan.statements)}: {printable(_about(each))}"]
        lines += [printable(line) for line in f"{each.sql};".split("\n")]
        lines.append("")
    lines += [printable(f"! {note}" if "WHERE" in note else note) for note in plan.notes]
    if plan.tried:
        lines.append(plan.tried[0].upper() + plan.tried[1:] + ".")
    until = time.strftime("%H:%M", time.localtime(plan.expires))
    lines.append(f"SHA-256 {plan.hash}, until {until}")
    return "\n".join(lines) + "\n"


def _about(each: PlannedStatement) -> str:
    tables = f" of {', '.join(each.tables)}" if each.tables else ""
    rows = f"about {each.rows:,} rows" if each.rows is not None else f"rows unknown: {each.why}"
    return f"{each.kind}{tables}, {rows}"


def written_text(found: Written) -> str:
    """Gives what an applied plan has done."""
    counted = ", ".join("not counted" if each is None else f"{each:,}" for each in found.rows)
    return printable(f"Done on {found.database} in {found.seconds:.2f} s; rows: {counted}.") + "\n"
