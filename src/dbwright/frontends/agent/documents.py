"""What a model is given of a result: its parts with the ids by which they are cited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbwright.core.answered import Answered
from dbwright.core.claim import Proof
from dbwright.core.codec import to_json
from dbwright.core.design import Designed
from dbwright.core.finding import Edit, Irreversible, Recommendation, Unverified
from dbwright.core.model_change import ModelsChanged
from dbwright.core.rehearsed import Outcome, RehearsalReport
from dbwright.core.report import Report
from dbwright.core.schema import Schema
from dbwright.frontends.agent.ledger import Ledger, Source, least
from dbwright.render import parts

MOST = 30
"""So many findings of a report are told in a line each; the worst come first."""
LONG = 300
Document = dict[str, Any]


def document(found: Any, ledger: Ledger) -> Document:
    """Takes a result down, and gives what the model is told of it."""
    if isinstance(found, Report):
        return _report(found, ledger)
    if isinstance(found, ModelsChanged):
        return _change(found, ledger)
    if isinstance(found, Designed):
        return _design(found, ledger)
    if isinstance(found, Answered):
        return _answer(found, ledger)
    if isinstance(found, RehearsalReport):
        return _rehearsal(found, ledger)
    return _other(found, ledger)


def learn(schema: Schema, ledger: Ledger) -> None:
    """Takes down the names of a schema."""
    for table in schema.tables:
        ledger.names |= {table.name.casefold(), table.key.casefold()}
        for column in table.columns:
            ledger.names.add(column.name.casefold())
            ledger.names.add(f"{table.name}.{column.name}".casefold())


def _report(found: Report, ledger: Ledger) -> Document:
    if found.schema is not None:
        learn(found.schema, ledger)
    items = [_recommended(item, ledger) for item in found.recommendations]
    shown = items[:MOST]
    summary = found.summary
    missed = [_missed(item, ledger) for item in found.unverified[:MOST]]
    return {
        "kind": "report",
        "server": summary.server,
        "counts": {
            "errors": found.count("error"),
            "warnings": found.count("warning"),
            "remarks": found.count("info"),
            "tables": summary.tables,
            "models": summary.models,
            "revisions": summary.revisions,
        },
        "findings": [_line(source) for source in shown],
        "not_shown": len(items) - len(shown),
        "unverified": missed,
        "notes": list(summary.notes),
        "errors": list(found.errors),
    }


def _recommended(item: Recommendation, ledger: Ledger) -> Source:
    return ledger.add("recommendation", item, item.proof.level, parts.place(item.location))


def _line(source: Source) -> Document:
    item: Recommendation = source.thing
    return {
        "id": source.id,
        "severity": item.severity,
        "rule": item.rule,
        "object": item.location.object,
        "place": parts.place(item.location),
        "message": item.message,
        "proof": item.proof.level,
        "seen": _short(parts.seen(item)),
        "do": _short(item.advice.fix.title),
    }


def finding(source: Source) -> Document:
    """Gives all parts of a recommendation."""
    item: Recommendation = source.thing
    advice = item.advice
    undo = advice.undo
    return {
        **_line(source),
        "reason": advice.reason,
        "evidence": list(item.evidence),
        "proofs": to_json(item.proofs or (item.proof,)),
        "fix": {"title": advice.fix.title, "safety": advice.fix.safety, "code": advice.fix.code},
        "fix_tried": item.trial.level if item.trial else "no",
        "alternatives": to_json(advice.alternatives),
        "risk": to_json(advice.risk),
        "undo": undo.why if isinstance(undo, Irreversible) else undo.text,
        "reversible": not isinstance(undo, Irreversible),
        "tests": advice.tests,
        "backup": advice.backup,
    }


def _missed(item: Unverified, ledger: Ledger) -> Document:
    return {"id": ledger.add("unverified", item).id, **to_json(item)}


def _change(found: ModelsChanged, ledger: Ledger) -> Document:
    level = least([proof.level for proof in found.proofs])
    source = ledger.add("change", found, level)
    revisions = found.authored.revisions if found.authored else ()
    return {
        "kind": "change",
        "id": source.id,
        "understood": [meaning for item in found.request.understood for meaning in item.meaning],
        "problems": to_json(found.request.problems),
        "questions": [{"text": each.text} for each in found.questions],
        "diff": _diff(found.edits),
        "revisions": [item.path for item in revisions],
        "decisions": to_json(found.decisions),
        "proofs": to_json(found.proofs),
        "why_no_revision": found.why_no_revision,
        "notes": list(found.notes),
        "written": "nothing: the user is shown the diff, and asked",
    }


def _design(found: Designed, ledger: Ledger) -> Document:
    source = ledger.add("design", found, "verified" if found.proved else "")
    return {
        "kind": "design",
        "id": source.id,
        "diff": _diff(found.edits),
        "decisions": to_json(found.decisions),
        "proved": to_json(found.proved),
        "unverified": to_json(found.unverified),
        "notes": list(found.notes),
        "written": "nothing: the user is told the command that writes it",
    }


def _answer(found: Answered, ledger: Ledger) -> Document:
    from dbwright.render.answered import as_json

    source = ledger.add("answer", found, "verified" if found.evidence else "")
    return {**as_json(found), "kind": "answer", "id": source.id}


def _other(found: Any, ledger: Ledger) -> Document:
    """An explanation, phases of a change: as their own JSON has them."""
    from dbwright.render.told_kinds import told

    proof = getattr(found, "proof", None)
    source = ledger.add("answer", found, proof.level if isinstance(proof, Proof) else "")
    return {**told(found, "", "").data, "id": source.id}


def _rehearsal(found: RehearsalReport, ledger: Ledger) -> Document:
    return {
        "kind": "rehearsal",
        "revisions": [_outcome(each, ledger) for each in found.outcomes[:MOST]],
        "unverified": [_missed(item, ledger) for item in found.unverified[:MOST]],
        "errors": list(found.errors),
    }


def _outcome(found: Outcome, ledger: Ledger) -> Document:
    ran = found.rehearsal is not None and found.rehearsal.up is not None
    source = ledger.add("rehearsal", found, "verified" if ran else "")
    return {
        "id": source.id,
        "revision": found.revision,
        "file": found.path,
        "verdict": found.verdict,
        "dangers": [{"message": d.message, "severity": d.severity} for d in found.dangers],
        "locks": to_json(found.locks[:MOST]),
        "estimates": to_json(found.estimates[:MOST]),
        "deploy": found.order,
        "backups": to_json(found.backups[:MOST]),
        "not_run": list(found.why_not),
    }


def _diff(edits: Sequence[Edit]) -> str:
    from dbwright.jobs.fix import diff

    return diff(edits)


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def fitted(found: Any, room: int) -> Any:
    """Gives data within a number of characters: what is longest is halved until it fits."""
    import copy
    import json

    kept = copy.deepcopy(found)
    while len(json.dumps(kept, ensure_ascii=False, default=str)) > room:
        holder, key = _longest(kept)
        if holder is None:
            return {"error": "the answer is too large to be sent"}
        value = holder[key]
        half = value[: len(value) // 2]
        holder[key] = f"{half}…" if isinstance(value, str) else half
        if isinstance(kept, dict):
            kept["cut"] = "what was longest here was cut to fit"
    return kept


def _longest(found: Any) -> tuple[Any, Any]:
    best: tuple[int, Any, Any] = (16, None, None)
    waiting = [found]
    while waiting:
        holder = waiting.pop()
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, value in pairs:
            if isinstance(value, (dict, list)):
                waiting.append(value)
            size = len(value) if isinstance(value, str) else 0
            size = len(value) * 40 if isinstance(value, list) and len(value) > 1 else size
            if size > best[0]:
                best = (size, holder, key)
    return best[1], best[2]
