"""EXPLAIN's text, as people copy it, into the data that its JSON would have.

The grammar is that of `src/backend/commands/explain.c` of PostgreSQL 13 to 18: a line for each
node, its properties below it, children at `->`; `InitPlan`, `SubPlan` and `CTE` name the node after
them. What follows the tree is of the statement. A tree whose indentation is lost is put together
by how many children each kind of node has, where only one tree is possible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from dbwright.core.errors import PlanError
from dbwright.dialects.postgresql import plan_text_details, plan_text_names
from dbwright.dialects.postgresql.plan_lines import (
    KEY,
    LABEL,
    TARGET,
    Line,
    logical,
    open_ends,
    unframed,
)
from dbwright.dialects.postgresql.plan_text_statement import Statement
from dbwright.dialects.postgresql.plan_text_tree import Found, built

Values = dict[str, Any]
WAY_OUT = (
    "Paste the whole output of EXPLAIN, or that of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON), which "
    "no mail or chat can damage."
)
_LOGGED = re.compile(r"duration: (?P<milliseconds>[\d.]+) ms  plan:\s*(?P<rest>.*)$")
_QUERY = re.compile(r"^Query Text: ?(?P<sql>.*)$")
_COSTED = re.compile(r"^\S.*\(cost=[\d.]+ rows=\d+ width=\d+\)")
_WORKER = re.compile(r"^Worker (?P<number>\d+): *(?P<rest>.*)$")


def read(text: str) -> Values:
    """Gives EXPLAIN's data of a text; raises PlanError naming the line that cannot be read."""
    lines = unframed(text)
    head, lines = _logged(lines)
    return head | _Reader().read(logical(lines))


def looks_like(text: str) -> bool:
    """Whether a text has a line that is a node of such a plan."""
    return any(_is_node(raw.strip().removeprefix("->").strip()) for _, raw in unframed(text))


def _is_node(text: str) -> bool:
    return plan_text_names.node_data(text) is not None


def _logged(lines: list[tuple[int, str]]) -> tuple[Values, list[tuple[int, str]]]:
    """Takes the statement and the time that auto_explain writes before the plan."""
    found: Values = {}
    for at, (_, raw) in enumerate(lines):
        if logged := _LOGGED.search(raw):
            found["Execution Time"] = float(logged["milliseconds"])
            after = lines[at + 1 :]
            lines = [(lines[at][0], logged["rest"]), *after] if logged["rest"] else after
            break
    if not lines or not (query := _QUERY.match(lines[0][1].strip())):
        return found, lines
    sql = [query["sql"]]
    for at, (_, raw) in enumerate(lines[1:], 1):
        if _COSTED.match(raw.strip()) and _is_node(raw.strip()):
            found["Query Text"] = "\n".join(sql).strip()
            return found, lines[at:]
        sql.append(raw.strip())
    raise PlanError("the statement is there, its plan is not", line=lines[0][0], way_out=WAY_OUT)


@dataclass
class _Reader:
    """Reads a plan's lines in their order."""

    nodes: list[Found] = field(default_factory=list)
    statement: Statement = field(default_factory=Statement)
    label: Line | None = None
    worker: Values | None = None
    rest: list[Line] = field(default_factory=list)
    edge: int = 0

    def read(self, lines: list[Line]) -> Values:
        """Gives the data of the whole plan."""
        for at, line in enumerate(lines):
            if self._is_further(line):
                self.rest = lines[at:]
                break
            self._line(line)
        if not self.nodes:
            number = lines[0].number if lines else 1
            raise PlanError("there is no node of a plan that is known here", line=number)
        self._whole(lines)
        found: Values = {"Plan": built(self.nodes)} | self.statement.data()
        if self.rest:
            found["Unread"] = [f"another plan from line {self.rest[0].number} on"]
        return found

    def _whole(self, lines: list[Line]) -> None:
        """Refuses a text that ends inside of a line or after a label."""
        last = lines[-1]
        cut = any(open_ends(last.text)) or bool(re.search(r"[\w.]=?[\d.]*\.\.$|=$", last.text))
        if self.label is not None or (cut and not self.rest and not self.statement.last):
            raise PlanError("the plan is cut off", line=last.number, way_out=WAY_OUT)

    def _is_further(self, line: Line) -> bool:
        """Whether a further plan begins: a node without an arrow at the edge."""
        if not self.nodes or line.is_node or not _COSTED.match(line.text):
            return False
        return line.column <= self.edge and _is_node(line.text)

    def _line(self, line: Line) -> None:
        if line.is_node or not self.nodes:
            self._node(line)
        elif self.statement.takes(line.text):
            return
        elif LABEL.match(line.text) and not KEY.match(line.text):
            self.label = line
        elif TARGET.match(line.text):
            target = plan_text_names.target_data(line.text)
            self.nodes[-1].data.setdefault("Target Tables", []).append(target)
        else:
            self._property(line)

    def _node(self, line: Line) -> None:
        text = line.text.removeprefix("->").strip()
        data = plan_text_names.node_data(text)
        if data is None:
            self._foreign(line)
            return
        if self.label is not None:
            data["Subplan Name"] = self.label.text
        if not self.nodes:
            self.edge = line.column
        column = line.column if self.nodes else -1
        begins = self.label.column if self.label is not None else column
        self.nodes.append(Found(data, line.number, column, begins, self.label is not None))
        self.label, self.worker = None, None
        self.statement.leave()

    def _foreign(self, line: Line) -> None:
        """A line before the plan is no part of it (a prompt, the statement); in it, an error."""
        if line.is_node or self.nodes:
            if any(open_ends(line.text)):
                raise PlanError("the plan is cut off", line=line.number, way_out=WAY_OUT)
            what = line.text.removeprefix("->").strip()
            shown = what if len(what) < 50 else f"{what[:47]}…"
            raise PlanError(
                f"PostgreSQL has no node like `{shown}`", line=line.number, way_out=WAY_OUT
            )

    def _property(self, line: Line) -> None:
        if worker := _WORKER.match(line.text):
            self.worker = {"Worker Number": int(worker["number"])}
            self.nodes[-1].data.setdefault("Workers", []).append(self.worker)
            if not worker["rest"]:
                return
            line = Line(line.number, line.column, worker["rest"])
        into = self.nodes[-1].data if self.worker is None else self.worker
        if self.worker is not None and (times := plan_text_names.worker_actual(line.text)):
            self.worker.update(times)
            return
        key, colon, value = line.text.partition(":")
        if not colon or not KEY.match(line.text):
            shown = line.text if len(line.text) < 50 else f"{line.text[:47]}…"
            raise PlanError(
                f"`{shown}` is neither a node of a plan nor a property of one",
                line=line.number,
                way_out=WAY_OUT,
            )
        plan_text_details.add(into, key, value.strip(), str(self.nodes[-1].data["Node Type"]))
