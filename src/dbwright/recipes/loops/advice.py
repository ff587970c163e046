"""Findings and advice about what is repeated in loops."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.application import Application, Repeat, Root
from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.recipes import models
from dbwright.recipes.model_draft import Draft


def finding(
    application: Application, repeat: Repeat, message: str, claims: Sequence[Claim]
) -> Finding:
    """Gives a finding at a repeat's line, with the line, the loop and the query as evidence."""
    evidence = []
    code = application.line(repeat.place)
    if code:
        evidence.append(f"{repeat.place}: {code}")
    if repeat.loop is not None and repeat.loop != repeat.place:
        evidence.append(f"in the loop at {repeat.loop}: {application.line(repeat.loop)}")
    root = repeat.root
    if root is not None and root.place not in (repeat.place, repeat.loop):
        evidence.append(f"selected at {root.place}: {application.line(root.place)}")
    if repeat.through:
        evidence.append(f"{repeat.through} has it as a field")
    return Finding(
        message=message,
        location=Location.at(repeat.place, repeat.object),
        claims=tuple(claims),
        evidence=tuple(evidence),
        details={"number": application.repeats.index(repeat)},
    )


def repeat_of(found: Finding, application: Application) -> Repeat:
    """Gives the repeat that a finding is about."""
    number: int = found.details["number"]
    return application.repeats[number]


def loads_probe(repeat: Repeat) -> MapperProbe:
    """Gives the question whether each object sends a SELECT, and the option saves it."""
    root = repeat.root
    assert root is not None
    path = [[owner, name] for _, owner, name in repeat.chain]
    before = [list(map(list, chain)) for chain in root.options if all(o for _, o, _ in chain)]
    return MapperProbe(
        "loads_each",
        mapper=root.class_,
        attribute=repeat.attribute,
        arguments={"path": path, "before": before, "chain": [list(s) for s in repeat.chain]},
    )


def chain_code(application: Application, repeat: Repeat) -> str:
    """Gives the option as code: `selectinload(User.posts).selectinload(Post.comments)`."""
    root = repeat.root
    parts = []
    for loader, owner, name in repeat.chain:
        said = owner.rpartition(".")[2]
        if root is not None and owner == root.class_:
            said = root.said
        elif root is not None and "." in root.said:
            said = f"{root.said.rpartition('.')[0]}.{said}"
        parts.append(f"{loader}({said}.{name})")
    return ".".join(parts)


def with_option(application: Application, repeat: Repeat, code: str) -> Fix:
    """Gives the fix: the option at the end of the statement's own `select(…)`."""
    root = repeat.root
    assert root is not None
    title = f"load it with the query: {code}"
    otherwise = f"# {root.place}: {application.line(root.place)}\n.options({code})"
    whole = replace(application.mapping, sources=application.sources)
    draft = Draft(whole)
    if _knows(application, root, code):
        draft = draft.change(root.place, lambda text: _inserted(text, root, f".options({code})"))
        draft = draft.imports(root.place, "sqlalchemy.orm", repeat.chain[0][0])
    return draft.fix(title, otherwise=otherwise)


def _knows(application: Application, root: Root, code: str) -> bool:
    """Whether the file knows each class that the option names."""
    source = next((s for s in application.sources if s.path == root.place.file), None)
    if source is None:
        return False
    known = {"__file__"}
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            known |= {name.asname or name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ClassDef):
            known.add(node.name)
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    heads: set[str] = set()
    for call in calls:
        for arg in call.args:
            while isinstance(arg, ast.Attribute):
                arg = arg.value
            if isinstance(arg, ast.Name):
                heads.add(arg.id)
    return heads <= known


def _inserted(text: str, root: Root, code: str) -> str | None:
    lines = text.splitlines(keepends=True)
    line, column = root.end
    raw = lines[line - 1].encode()
    if raw[column - 1 : column] not in (b")", b"y"):
        return None
    lines[line - 1] = (raw[:column] + code.encode() + raw[column:]).decode()
    return "".join(lines)


def load_advice(application: Application, repeat: Repeat) -> Advice:
    """Gives the advice of a load: the option for its query."""
    code = chain_code(application, repeat)
    fix = with_option(application, repeat, code)
    counted = repeat.kind == "counted"
    alternatives = [
        Alternative(
            f"a query of its own that counts by group, or a column_property on {repeat.object}"
            if counted
            else "lazy='selectin' or 'joined' on the relationship itself",
            "one SELECT that fetches numbers alone, where only the number is needed"
            if counted
            else "every query of the class then loads it, those that never read it too",
        ),
        Alternative(
            "lazy='raise' beside the option",
            "a query that forgets it fails in the test instead of being slow in production",
        ),
    ]
    return Advice(
        reason="the query gives the objects without it, and each asks for its own when it is read",
        fix=fix,
        alternatives=tuple(alternatives),
        risk=Risk(
            "objects are loaded that the code may not read in every case",
            "give the option to this query alone, not to the relationship",
        ),
        undo=models.undo(fix, "take the option away"),
        tests="a test that counts the statements, with dbwright.watch() around the call",
        backup="none needed: only how objects are loaded changes",
    )
