"""The published JSON schema of a rehearsal (draft 2020-12)."""

from __future__ import annotations

from typing import Any, get_args

from dbwright.core.claim import ClaimKind
from dbwright.core.finding import Severity
from dbwright.core.rehearsed import REHEARSAL_VERSION

TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
COUNT = {"type": "integer", "minimum": 0}
COUNT_OR_NULL = {"type": ["integer", "null"], "minimum": 0}
TIME = {"type": "number", "minimum": 0}
TIME_OR_NULL = {"type": ["number", "null"], "minimum": 0}
TRUTH = {"type": "boolean"}


def rehearsal_schema() -> dict[str, Any]:
    """Gives the schema that every `rehearse --format json` satisfies."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dbwright rehearsal",
        **_object(
            version={"const": REHEARSAL_VERSION},
            summary=_object(
                project=TEXT,
                dialect=TEXT,
                server=TEXT_OR_NULL,
                scope=TEXT,
                notes=_list(TEXT),
                milliseconds=TIME,
                dangerous=COUNT,
                not_verified=COUNT,
                clean=COUNT,
                exit_status={"enum": [0, 1, 2, 3]},
            ),
            errors=_list(TEXT),
            revisions=_list(_revision()),
            unverified=_list(_object(what=TEXT, why=TEXT, way_out=TEXT)),
        ),
    }


def _revision() -> dict[str, Any]:
    return _object(
        revision=TEXT,
        message=TEXT,
        path=TEXT,
        verdict={"enum": ["danger", "unverified", "clean"]},
        deploy_order=TEXT,
        dangers=_list(_danger()),
        allowed=_list(TEXT),
        not_seen=_list(TEXT),
        server=TEXT_OR_NULL,
        rows={"type": "object", "additionalProperties": COUNT},
        empty_tables=_list(_object(table=TEXT, why=TEXT)),
        runs=_list(_run()),
        locks=_list(_span()),
        locks_of_downgrade=_list(_span()),
        estimates=_list(_estimate()),
        old_code=_or_null(_code()),
        new_code=_or_null(_code()),
        new_code_failing_after=_list(_broken()),
        backups=_list(_backup()),
    )


def _danger() -> dict[str, Any]:
    line = {"type": ["integer", "null"], "minimum": 1}
    return _object(
        message=TEXT,
        severity={"enum": list(get_args(Severity))},
        claim={"enum": [*get_args(ClaimKind), None]},
        relation=TEXT_OR_NULL,
        column=TEXT_OR_NULL,
        location=_object(file=TEXT_OR_NULL, line=line, revision=TEXT_OR_NULL, object=TEXT_OR_NULL),
    )


def _run() -> dict[str, Any]:
    return _object(
        direction={"enum": ["upgrade", "downgrade"]},
        milliseconds=TIME,
        error=TEXT_OR_NULL,
        error_place=TEXT_OR_NULL,
        on_purpose=TRUTH,
        statements=_list(_statement()),
        schema_difference=_list(TEXT),
        losses=_list(
            _object(table=TEXT, column=TEXT_OR_NULL, lost=COUNT, of=COUNT, example=TEXT_OR_NULL)
        ),
    )


def _statement() -> dict[str, Any]:
    return _object(
        sql=TEXT,
        file=TEXT_OR_NULL,
        line=COUNT_OR_NULL,
        transaction=COUNT_OR_NULL,
        began=TIME,
        milliseconds=TIME,
        wal_bytes=COUNT,
        rows_changed=COUNT_OR_NULL,
        locks=_list(_object(relation=TEXT, mode=TEXT, existed=TRUTH)),
        blocked=_list(_object(relation=TEXT, action={"enum": ["SELECT", "INSERT"]}, lock=TEXT)),
        scans=_list(_object(relation=TEXT, rows_read=COUNT, rows=COUNT, lock=TEXT_OR_NULL)),
        rewritten=_list(TEXT),
        rebuilt_indexes=_list(TEXT),
        lock_timeout=TEXT,
        error=_or_null(_error()),
    )


def _span() -> dict[str, Any]:
    return _object(
        relation=TEXT,
        mode=TEXT,
        begin=TIME,
        end=TIME,
        statement=COUNT,
        last=COUNT,
        until={"enum": ["commit", "the end of the statement"]},
        stops=_list({"enum": ["SELECT", "INSERT"]}),
        estimated=TIME_OR_NULL,
    )


def _estimate() -> dict[str, Any]:
    return _object(
        statement=COUNT,
        relation=TEXT,
        rows=COUNT,
        milliseconds=TIME,
        low=COUNT,
        high=COUNT,
        per_second=TIME,
        no_growth=TRUTH,
    )


def _code() -> dict[str, Any]:
    return _object(tried=COUNT, failing=_list(_broken()))


def _broken() -> dict[str, Any]:
    return _object(
        mapper=TEXT,
        action={"enum": ["SELECT", "INSERT", "UPDATE", "DELETE"]},
        sql=TEXT,
        error=_error(),
        origin={"enum": ["merge base", "recorded", "project"]},
    )


def _backup() -> dict[str, Any]:
    return _object(
        table=TEXT,
        what=TEXT,
        keep=TEXT,
        restore=TEXT,
        otherwise=TEXT,
        size=TEXT,
        held={"type": ["boolean", "null"]},
        seen=TEXT,
    )


def _error() -> dict[str, Any]:
    return _object(code=TEXT, message=TEXT, detail=TEXT, constraint=TEXT_OR_NULL)


def _or_null(item: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [item, {"type": "null"}]}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}
