"""What is pasted in a request: a plan, an error, a revision, statements that change tables."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dbwright import dialects
from dbwright.collect.failure_text import read_failure
from dbwright.collect.plans import read_plan
from dbwright.collect.statements import looks_like_plan
from dbwright.core.errors import PlanError
from dbwright.core.failure import Failure
from dbwright.core.operation import Other, Select
from dbwright.dialects.sqlite import plan_text as sqlite_text

Kind = Literal["plan", "failure", "revision", "ddl"]
TRIES = 40
LONGEST = 100_000
_PLAN = re.compile(
    r"^\s*([\[{]|-\s+Plan:|<explain|QUERY PLAN|\|?--|`--|\+-{3,}|EXPLAIN:)|\(cost=|\(actual|"
    r"^\s*(SCAN|SEARCH) ",
)
_DDL = re.compile(
    r"\b(create|alter|drop|truncate|comment|rename|reindex|update|delete\s+from|insert\s+into)\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"[\s,;]+(?:(?:and|but|which|because)\s+(?:it|this|that)\b|takes?\b|is\s+(?:slow|this)\b|runs?\s+for\b)",
    re.IGNORECASE,
)
"""Where words go on behind a statement."""
_PYTHON = re.compile(r'^(def |import |from |"""|\'\'\'|revision\b|#|@|op\.)')


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted, the words around it, and what it was read as."""

    kind: Kind
    text: str
    words: str
    failure: Failure | None = None


def find_pasted(request: str, root: Path) -> Pasted | None:
    """Gives what is pasted in a request besides words and queries, None where nothing is."""
    failure = read_failure(request, root)
    if failure is not None:
        return Pasted("failure", request, _words_before(request), failure)
    revision = _revision(request)
    if revision is not None:
        return Pasted("revision", revision, request.replace(revision, " ")[:2000])
    plan = _plan(request)
    if plan is not None:
        return Pasted("plan", plan, request.replace(plan, " ")[:2000])
    ddl = _statements(request)
    if ddl is not None:
        return Pasted("ddl", ddl, request.replace(ddl, " ")[:2000])
    return None


def _words_before(request: str) -> str:
    return request.partition("Traceback")[0][:2000]


def _plan(request: str) -> str | None:
    """The plan: the text from the first line from which the reader of plans reads one."""
    if not _could_be_plan(request):
        return None
    lines = request.splitlines()
    tried = 0
    for number, line in enumerate(lines):
        if not _PLAN.search(line):
            continue
        tried += 1
        if tried > TRIES:
            return None
        text = "\n".join(lines[number:]).split("```")[0].strip("\n")
        for candidate in (text, textwrap.dedent(text)):
            try:
                read_plan(candidate)
            except PlanError:
                continue
            return candidate
    return None


def _could_be_plan(request: str) -> bool:
    return (
        looks_like_plan(request)
        or '"query_block"' in request
        or sqlite_text.looks_like(request)
        or bool(re.search(r"^\s*(\||`)--", request, re.MULTILINE))
    )


def _revision(request: str) -> str | None:
    """The source of a revision: Python that defines `upgrade`, or calls `op`."""
    if "def upgrade" not in request and "op." not in request:
        return None
    if len(request) > LONGEST:
        return None
    for block in _fenced(request):
        if _is_revision(block):
            return block
    lines = request.splitlines()
    starts = [n for n, line in enumerate(lines) if _PYTHON.match(line)][:TRIES]
    for start in starts:
        for end in _ends(lines, start):
            text = "\n".join(lines[start:end])
            if _is_revision(text):
                return text
    return None


def _ends(lines: list[str], start: int) -> list[int]:
    """Where Python that starts there may end: at the end, or before words behind it."""
    ends = [len(lines)]
    ends += [n for n in range(len(lines) - 1, start, -1) if not lines[n].strip()][:5]
    return ends


def _is_revision(text: str) -> bool:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if any(isinstance(node, ast.FunctionDef) and node.name == "upgrade" for node in tree.body):
        return True
    calls = [node.value for node in tree.body if isinstance(node, ast.Expr)]
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "op"
        for call in calls
    )


def _fenced(request: str) -> list[str]:
    return [part.partition("\n")[2] for part in request.split("```")[1::2]]


def _statements(request: str) -> str | None:
    """Statements that change tables, as PostgreSQL's grammar takes them."""
    if len(request) > LONGEST:
        return None
    parse = dialects.get("postgresql").statements.parse
    for match in list(_DDL.finditer(request))[:TRIES]:
        rest = request[match.start() :].split("```")[0]
        # words behind it: up to its last semicolon, its line, or a question in a comment
        ends = [
            rest[: rest.rfind(";") + 1],
            rest,
            rest.partition("\n\n")[0],
            rest.partition("\n")[0],
            _BEHIND.split(rest, maxsplit=1)[0],
        ]
        for text in dict.fromkeys(end.strip() for end in ends if end.strip()):
            operations = parse(text)
            if operations and all(_changes(operation) for operation in operations):
                return text
    return None


def _changes(operation: object) -> bool:
    if isinstance(operation, Other):
        return operation.tag != "unparsed"
    return not isinstance(operation, Select)


def as_revision(text: str, parent: str | None, name: str) -> str:
    """Gives pasted Python or SQL as a whole revision behind `parent`, with the id `name`."""
    try:
        tree: ast.Module | None = ast.parse(text)
    except (SyntaxError, ValueError):
        tree = None
    if tree is None or not _is_revision(text):
        sql = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return _file(f'op.execute("""{sql}""")', parent, name)
    if not any(isinstance(n, ast.FunctionDef) and n.name == "upgrade" for n in tree.body):
        return _file(text, parent, name)
    lines = text.splitlines()
    for node in sorted(tree.body, key=lambda n: -n.lineno):  # its own place in another chain
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if names & {"revision", "down_revision", "branch_labels", "depends_on"}:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    kept = "\n".join(lines)
    head = f"revision = {name!r}; down_revision = {parent!r}"
    named = {
        alias.asname or alias.name.partition(".")[0]
        for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }  # fmt: skip
    missing = [] if "op" in named else ["from alembic import op"]
    missing += [] if "sa" in named else ["import sqlalchemy as sa"]
    tail = "\n".join([head, *missing])
    if not any(isinstance(n, ast.FunctionDef) and n.name == "downgrade" for n in tree.body):
        kept += "\n\n\ndef downgrade():\n    pass\n"
    return f"{kept.rstrip()}\n\n\n{tail}\n"


def _file(body: str, parent: str | None, name: str) -> str:
    return (
        f'"""Pasted."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision = {name!r}\ndown_revision = {parent!r}\n\n\n"
        f"def upgrade():\n{textwrap.indent(body, '    ')}\n\n\ndef downgrade():\n    pass\n"
    )
