"""Code that a model wrote, tried by dbwright before it is printed; what could not be, says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.claim import Proof
from dbwright.core.errors import DbwrightError
from dbwright.core.rehearsed import RehearsalReport
from dbwright.core.report import Report
from dbwright.frontends.agent.judge import Judged, Statement
from dbwright.frontends.agent.tools import Tools
from dbwright.render.parts import plural, proof_words, sentences

MOST = 3
"""So many pieces of code of one answer are tried."""


def tried(judged: Sequence[Judged], tools: Tools) -> list[Judged]:
    """Gives the statements with what came of the code in them that is the model's own."""
    left = MOST
    found = []
    for each in judged:
        own = each.statement.code.strip() and not each.traced
        if own and left:
            left -= 1
            each = replace(each, tried=_tried(each.statement, tools))
        elif own:
            each = replace(each, tried=f"it was not tried: {MOST} pieces of code are, and no more")
        found.append(each)
    return found


def _tried(statement: Statement, tools: Tools) -> str:
    try:
        if statement.language == "sql":
            return _query(statement, tools)
        if statement.language == "models":
            return _models(statement, tools)
        if statement.language == "migration":
            return _migration(statement, tools)
        return "it was not tried: it is neither a SELECT, models nor a revision"
    except DbwrightError as error:
        return f"it was not tried: {error.message}"
    except Exception as error:
        line = (str(error).splitlines() or [""])[0][:200]
        return f"it could not be tried: {type(error).__name__}: {line}"


def _query(statement: Statement, tools: Tools) -> str:
    from dbwright.jobs import drafts

    sql = tools.select(statement.code)
    name = statement.instead_of or ("s1" if "s1" in tools.given else "")
    if name not in tools.given:
        return "it was not tried: no statement is there whose rows it should return"
    first = tools.given[name]
    proofs = drafts.query(first, sql, tools.path, tools.options, tools.told)
    return f"dbwright tried it: {'; '.join(_words(proof) for proof in proofs)}"


def _words(proof: Proof) -> str:
    seen = (proof.witness or proof.why).rstrip(".")
    if proof.level == "refuted":
        return f"refuted on {proof.scope} that {proof.proposition}: {seen}"
    return f"{proof.proposition} ({proof_words(proof)}): {seen}"


def _models(statement: Statement, tools: Tools) -> str:
    from dbwright.jobs import drafts

    report = drafts.models(statement.code, tools.path, tools.options, tools.told)
    if report.errors:
        return f"dbwright tried it: {report.errors[0]}"
    if not report.summary.models:
        why = report.unverified[0].why if report.unverified else "no models were found in it"
        return f"dbwright tried it, and it was not configured: {why}"
    return f"dbwright tried it: {_of_report(report)}"


def _of_report(report: Report) -> str:
    server = f" on {report.summary.server}" if report.summary.server else ""
    counts = plural(len(report.recommendations), "finding")
    worst = [f"{item.location.object or ''}: {item.message}" for item in report.recommendations[:3]]
    listed = f": {sentences(worst)}" if worst else "."
    return f"{plural(report.summary.models, 'model')} configured{server}, {counts}{listed}"


def _migration(statement: Statement, tools: Tools) -> str:
    from dbwright.jobs import drafts

    found: RehearsalReport = drafts.migration(statement.code, tools.path, tools.options, tools.told)
    if found.errors or not found.outcomes:
        return f"dbwright tried it: {found.errors[0] if found.errors else 'it was not reached'}"
    outcome = found.outcomes[0]
    if outcome.rehearsal is None or outcome.rehearsal.up is None:
        return f"dbwright tried it, and it did not run: {'; '.join(outcome.why_not)}"
    dangers = [item.message for item in outcome.dangers]
    seen = sentences(dangers) if dangers else "nothing dangerous was seen."
    return f"dbwright rehearsed it up, down and up on a copy ({outcome.verdict}): {seen}"
