"""What the errands do: the api's functions, their answers as plain data."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbwright.core.errors import UsageError

if TYPE_CHECKING:
    from dbwright.core.answered import Answered
    from dbwright.core.authoring import Authored, Question
    from dbwright.core.design import Designed
    from dbwright.core.finding import Edit
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.report import Report
    from dbwright.frontends.mcp_server.start import Start

JOBS = {
    "project": ("models", "migrations", "drift"),
    "models": ("models", "drift"),
    "migrations": ("migrations",),
    "queries": ("queries",),
}
Progress = Callable[[str], None]
Pairs = Sequence[Sequence[str]]


def review(
    start: Start,
    progress: Progress,
    *,
    what: str,
    file: str,
    everything: bool,
    since: str,
    live: bool,
) -> dict[str, Any]:
    """Gives the report on the project, or on a file of it."""
    from dbwright.api import check

    options = start.options(
        jobs=JOBS[what],
        all=everything,
        since=since or None,
        db=start.database() if live else None,
    )
    path = start.inside(file) if file else start.project
    return report_document(check(path, options, progress))


def review_query(
    start: Start, progress: Progress, *, sql: str, run: bool, live: bool
) -> dict[str, Any]:
    """Gives the report on statements."""
    from dbwright.api import review_query as reviewed

    options = start.options(
        db=start.database() if live else None,
        twin=None if live else start.twin,
        run=run,
    )
    return report_document(reviewed(start.text(sql), start.project, options, progress))


def schema(start: Start, progress: Progress, *, live: bool) -> dict[str, Any]:
    """Gives all tables, each as it is described in full."""
    from dbwright.api import describe
    from dbwright.frontends.mcp_server.tables import documents

    url = start.database() if live else None
    found = describe(start.project, url, start.options(), progress)
    return documents(found)


def tune(
    start: Start, progress: Progress, *, workload: str, budget: float, most: int
) -> dict[str, Any]:
    """Gives the indexes that a workload is worth."""
    from dbwright.api import tune as tuned
    from dbwright.render.tuned import as_json

    url = None if start.twin else start.database()
    workload = start.text(workload)
    found = tuned(
        start.twin, url, workload or None, start.options(), progress, budget=budget, most=most
    )
    data = as_json(found)
    wanted = ("server", "exact", "before", "after", "indexes", "drops", "notes", "left_out")
    ordered = sorted(data["statements"], key=lambda each: -each["before"])
    return {**{name: data[name] for name in wanted}, "statements": ordered}


def read(
    start: Start, progress: Progress, *, sql: str, parameters: Sequence[Any]
) -> dict[str, Any]:
    """Gives what one statement that only reads answers; an almighty role is refused."""
    from dbwright.api import doctor
    from dbwright.api import read as asked
    from dbwright.core.codec import to_json

    url = start.database()
    progress("looking at the role")
    found = doctor(url, for_agent=True, allow_superuser=start.allow_superuser)
    if found.refused:
        raise UsageError(
            f"the role {found.role} may do anything there: an agent does not read with it",
            way_out="The user makes a role that only reads (dbwright grant-role --db URL) and "
            "starts the server with it; or, by hand, with --allow-superuser.",
        )
    progress("reading")
    answer = to_json(asked(sql, url, parameters=parameters))
    del answer["database"]
    return dict(answer)


def plan_write(start: Start, progress: Progress, *, sql: str) -> dict[str, Any]:
    """Gives what would be written, and its hash; a human runs it."""
    from dbwright.api import plan_write as planned
    from dbwright.core.codec import to_json
    from dbwright.core.writing import SECONDS

    progress("planning the write")
    found = planned(sql, start.database())
    return {
        "hash": found.hash,
        "statements": to_json(found.statements),
        "alone": found.alone,
        "notes": list(found.notes),
        "minutes": SECONDS // 60,
        "command": f'dbwright apply {found.hash} --db "$DBWRIGHT_DB"',
    }


def ask(
    start: Start, progress: Progress, *, request: str, answers: Pairs, choose: str
) -> dict[str, Any]:
    """Gives how a request was read, and the answer of its kind."""
    from dbwright.api import ask as asked
    from dbwright.core.answered import Answered
    from dbwright.core.design import Designed
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.report import Report

    options = start.options(db=start.db, twin=start.twin)
    reading, found = asked(
        request, start.project, options, progress, meant=_pairs(answers), choose=choose
    )
    if isinstance(found, Report):
        return {"reading": reading, "kind": "report", "document": report_document(found)}
    if isinstance(found, ModelsChanged):
        document = _changed(start, found, request, answers, choose)
        return {"reading": reading, "kind": "change", "document": document}
    if isinstance(found, Designed):
        command = ["dbwright", "models", "design", request, *_place(start), "--write"]
        return {"reading": reading, "kind": "design", "document": _designed(found, command)}
    assert isinstance(found, Answered)
    return {"reading": reading, "kind": "answer", "document": _facts(found)}


def design(
    start: Start, progress: Progress, *, request: str, brief: Mapping[str, Any] | None, into: str
) -> dict[str, Any]:
    """Gives new models for words, for a brief, or for both."""
    import json
    import tempfile

    from dbwright.api import design as designed

    with tempfile.TemporaryDirectory(prefix="dbwright-brief-") as folder:
        file = None
        if brief is not None:
            file = Path(folder, "brief.json")
            file.write_text(json.dumps(brief), encoding="utf-8")
        found = designed(
            request, file, into=into, path=start.project, options=start.options(), progress=progress
        )
    command = ["dbwright", "models", "design", *([request] if request else [])]
    command += ["--brief", "brief.json"] if brief is not None else []
    command += ["-o", into] if into else []
    return _designed(found, [*command, *_place(start), "--write"])


def change(
    start: Start, progress: Progress, *, request: str, answers: Pairs, choose: str
) -> dict[str, Any]:
    """Gives the edits of existing models that a request asks for, and the revisions."""
    from dbwright.api import change_models

    found = change_models(
        request, start.project, start.options(), progress, choose=choose, meant=_pairs(answers)
    )
    return _changed(start, found, request, answers, choose)


def new_migration(
    start: Start, progress: Progress, *, message: str, answers: Pairs
) -> dict[str, Any]:
    """Gives the revisions that take the migrated database to the models."""
    from dbwright.api import autogenerate
    from dbwright.core.codec import to_json

    found = autogenerate(start.project, message, _pairs(answers), start.options(), progress)
    command = ["dbwright", "migrations", "new", str(start.project), "-m", message]
    notes = list(found.notes)
    if not found.revisions and not found.questions:
        notes.append("The revisions make what the models declare: nothing to write.")
    if found.left_alone:
        notes.append(f"No model declares {', '.join(found.left_alone)}: left alone.")
    return {
        **_edits(found.edits),
        "revisions": [item.path for item in found.revisions],
        "questions": _questions(found),
        "proof": [to_json(found.proof)] if found.proof else [],
        "notes": notes,
        "command": shlex.join([*command, *_said(answers), "--write"]),
    }


def report_document(report: Report) -> dict[str, Any]:
    """Gives a report as its JSON, each fix as a diff in place of whole files."""
    from dbwright.jobs.fix import diff
    from dbwright.render.json import document

    data = document(report)
    for item, found in zip(data["recommendations"], report.recommendations, strict=True):
        edits = found.advice.fix.edits
        item["fix"]["files"] = [edit.path for edit in edits]
        item["fix"]["diff"] = diff(edits)
        del item["fix"]["edits"], item["fix"]["steps"]
    return data


def _changed(
    start: Start, found: ModelsChanged, request: str, answers: Pairs, choose: str
) -> dict[str, Any]:
    from dbwright.core.codec import to_json

    if found.request.problems:
        from dbwright.render import models_changed

        raise UsageError("nothing was changed.\n" + "\n".join(models_changed.problems(found)))
    command = ["dbwright", "models", "change", request, *_place(start)]
    command += ["--choose", choose] if choose else []
    return {
        **_edits(found.edits),
        "understood": _understood(found.request.understood),
        "unused": to_json(found.request.unused),
        "decisions": to_json(found.decisions),
        "revisions": [item.path for item in found.authored.revisions] if found.authored else [],
        "questions": _questions(found),
        "proof": to_json(found.proofs),
        "statements": list(found.statements),
        "why_no_revision": found.why_no_revision,
        "notes": list(found.notes),
        "command": shlex.join([*command, *_said(answers), "--write"]),
    }


def _designed(found: Designed, command: Sequence[str]) -> dict[str, Any]:
    from dbwright.core.codec import to_json

    return {
        **_edits(found.edits),
        "understood": _understood(found.reading.understood) if found.reading else [],
        "unused": to_json(found.reading.unused) if found.reading else [],
        "design": to_json(found.decisions),
        "proved": to_json(found.proved),
        "unverified": to_json(found.unverified),
        "notes": list(found.notes),
        "command": shlex.join(command),
    }


def _facts(found: Answered) -> dict[str, Any]:
    from dbwright.render.answered import as_json

    data = as_json(found)
    return {name: data[name] for name in ("answer", "facts", "notes", "more")}


def _edits(edits: Sequence[Edit]) -> dict[str, Any]:
    from dbwright.jobs.fix import diff

    files = [
        {"path": edit.path, "is_new": edit.before is None, "is_removed": edit.after is None}
        for edit in edits
    ]
    return {"files": files, "diff": diff(edits)}


def _understood(found: Sequence[Any]) -> list[str]:
    return [meaning for item in found for meaning in item.meaning]


def _questions(found: Authored | ModelsChanged) -> list[dict[str, Any]]:
    return [_question(item) for item in found.questions]


def _question(item: Question) -> dict[str, Any]:
    return {
        "text": item.text,
        "choices": [
            {"text": c.text, "option": c.option, "value": c.value, "fill_in": c.needs}
            for c in item.choices
        ],
    }


def _pairs(answers: Pairs) -> tuple[tuple[str, str], ...]:
    return tuple((option, value) for option, value in answers)


def _said(answers: Pairs) -> list[str]:
    return [word for option, value in answers for word in (f"--{option}", value)]


def _place(start: Start) -> list[str]:
    return ["--path", str(start.project)]
