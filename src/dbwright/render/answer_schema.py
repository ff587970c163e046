"""The published JSON schema (draft 2020-12) of answers that are no report."""

from __future__ import annotations

from typing import Any, get_args

from dbwright.core.claim import ProofLevel
from dbwright.render.report_schema import TEXT

ANSWER_VERSION = 1
_LINE = {"type": "integer", "minimum": 0}


def answer_schema() -> dict[str, Any]:
    """Gives the schema that `--format json` of `models change` and `models design` satisfies.

    `ask` answers with one of the two, with facts about models, an explanation, revisions in phases,
    or with a report, which has no `kind`.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dbwright change or design of models, or facts about them",
        "oneOf": [_change(), _design(), _answer(), _explanation(), _phases()],
    }


def _change() -> dict[str, Any]:
    way = _object(name=TEXT, what=TEXT, price=TEXT)
    proof = _object(level={"enum": list(get_args(ProofLevel))}, proposition=TEXT, scope=TEXT,
                    witness=TEXT, why=TEXT, factor={"type": ["number", "null"]})  # fmt: skip
    return _object(
        version={"const": ANSWER_VERSION},
        kind={"const": "change"},
        reading=_object(understood=_understood(), unused=_unused()),
        files=_files(),
        revisions=_list(TEXT),
        decisions=_list(_object(about=TEXT, chosen=TEXT, reason=TEXT, others=_list(way))),
        proof=_list(proof),
        statements=_list(TEXT),
        why_no_revision=TEXT,
        notes=_list(TEXT),
    )


def _design() -> dict[str, Any]:
    reading = _object(
        brief={"type": "object"}, understood=_understood(), unused=_unused(), problems=_unused()
    )
    return _object(
        version={"const": ANSWER_VERSION},
        kind={"const": "design"},
        brief={"type": "object", "description": "as brief.schema.json says"},
        reading={"oneOf": [reading, {"type": "null"}]},
        files=_files(),
        decisions=_list(_object(subjects=_list(TEXT), what=TEXT, why=TEXT, instead=TEXT)),
        proof=_list(_object(what=TEXT, count=_LINE, scope=TEXT)),
        unverified=_list(_object(what=TEXT, why=TEXT, way_out=TEXT)),
        notes=_list(TEXT),
        diagram={"type": "string", "description": "an erDiagram of Mermaid"},
    )


def _answer() -> dict[str, Any]:
    fact = _object(
        text=TEXT,
        file={"type": ["string", "null"]},
        line={"type": ["integer", "null"], "minimum": 0},
        known={"type": "string", "description": "how it is known"},
    )
    return _object(
        version={"const": ANSWER_VERSION},
        kind={"const": "answer"},
        reading=TEXT,
        answer=TEXT,
        facts=_list(fact),
        notes=_list(TEXT),
        more={**_list(TEXT), "description": "commands that tell more"},
    )


def _explanation() -> dict[str, Any]:
    return _object(
        version={"const": ANSWER_VERSION},
        kind={"const": "explanation"},
        reading=TEXT,
        answer=TEXT,
        **_place(),
        do=_list(_object(title=TEXT, code=TEXT, language=TEXT)),
        reasons=_list(_object(text=TEXT, **_place())),
        alternatives=_list(_object(title=TEXT, tradeoff=TEXT)),
        risk=TEXT,
        undo=TEXT,
        tests=TEXT,
        backup=TEXT,
        known={"type": "string", "description": "verified, observed or reasoned, and of what"},
        unverified=_list(_object(what=TEXT, why=TEXT, way_out=TEXT)),
        more=_list(TEXT),
    )


def _phases() -> dict[str, Any]:
    proof = _object(level={"enum": list(get_args(ProofLevel))}, scope=TEXT, witness=TEXT)
    return _object(
        version={"const": ANSWER_VERSION},
        kind={"const": "phases"},
        reading=TEXT,
        answer=TEXT,
        files=_files(),
        revisions=_list(_object(revision=TEXT, title=TEXT, notes=TEXT, path=TEXT)),
        contract={**_LINE, "description": "the first revision that old code does not survive"},
        models=TEXT,
        alternatives=_list(_object(title=TEXT, tradeoff=TEXT)),
        proof={"oneOf": [proof, {"type": "null"}]},
        notes=_list(TEXT),
    )


def _place() -> dict[str, Any]:
    return {
        "file": {"type": ["string", "null"]},
        "line": {"type": ["integer", "null"], "minimum": 0},
    }


def _files() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "each file by its path with the whole text that it is to have",
        "additionalProperties": {"type": ["string", "null"]},
    }


def _understood() -> dict[str, Any]:
    return _list(_object(text=TEXT, line=_LINE, meaning=_list(TEXT)))


def _unused() -> dict[str, Any]:
    return _list(_object(text=TEXT, line=_LINE, why=TEXT))


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
