"""The published JSON schema of the report (draft 2020-12)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

from dbwright.core.claim import ClaimKind, ProofLevel
from dbwright.core.finding import Job, Severity
from dbwright.core.report import REPORT_VERSION, Summary

TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
COUNT = {"type": "integer", "minimum": 0}


def report_schema() -> dict[str, Any]:
    """Gives the schema that every `--format json` report satisfies."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dbwright report",
        **_object(
            version={"const": REPORT_VERSION},
            summary=_summary(),
            errors=_list(TEXT),
            recommendations=_list(_recommendation()),
            waived=_list(_waived()),
            unverified=_list(_object(what=TEXT, why=TEXT, way_out=TEXT)),
        ),
    }


def _summary() -> dict[str, Any]:
    words: dict[str, Any] = {
        "project": TEXT,
        "dialect": TEXT,
        "server": TEXT_OR_NULL,
        "scope": TEXT,
    }
    counts = [field.name for field in fields(Summary) if field.type in ("int", int)]
    return _object(
        **words,
        **dict.fromkeys([*counts, "errors", "warnings", "remarks"], COUNT),
        milliseconds={"type": "number", "minimum": 0},
        notes=_list(TEXT),
        exit_status={"enum": [0, 1, 2, 3]},
    )


def _recommendation() -> dict[str, Any]:
    return _object(
        rule=TEXT,
        job={"enum": list(get_args(Job))},
        severity={"enum": list(get_args(Severity))},
        message=TEXT,
        location=_location(),
        effects=_list(
            _object(
                claim={"enum": list(get_args(ClaimKind))}, relation=TEXT_OR_NULL, lock=TEXT_OR_NULL
            )
        ),
        reason=TEXT,
        evidence=_list(TEXT),
        proof=_proof(),
        proofs=_list(_proof()),
        fix=_fix(),
        alternatives=_list(_object(title=TEXT, tradeoff=TEXT)),
        risk=_object(text=TEXT, mitigation=TEXT),
        undo=_object(reversible={"type": "boolean"}, text=TEXT),
        tests=TEXT,
        backup=TEXT,
        fingerprint=TEXT,
    )


def _fix() -> dict[str, Any]:
    step = _object(
        sql=TEXT,
        phase={"enum": ["expand", "backfill", "validate", "contract", "now"]},
        autocommit={"type": "boolean"},
        lock_timeout=TEXT_OR_NULL,
    )
    return _object(
        title=TEXT,
        safety={"enum": ["safe", "unsafe"]},
        edits=_list(_object(path=TEXT, after=TEXT_OR_NULL)),
        steps=_list(step),
        code=TEXT,
        trial={"anyOf": [_proof(), {"type": "null"}]},
    )


def _waived() -> dict[str, Any]:
    return _object(
        rule=TEXT,
        message=TEXT,
        location=_location(),
        reason=TEXT,
        by={"enum": ["comment", "info", "baseline"]},
    )


def _location() -> dict[str, Any]:
    line = {"type": ["integer", "null"], "minimum": 1}
    return _object(file=TEXT_OR_NULL, line=line, revision=TEXT_OR_NULL, object=TEXT_OR_NULL)


def _proof() -> dict[str, Any]:
    levels = {"enum": list(get_args(ProofLevel))}
    factor = {"type": ["number", "null"]}
    return _object(
        level=levels, proposition=TEXT, scope=TEXT, witness=TEXT, why=TEXT, factor=factor
    )


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}
