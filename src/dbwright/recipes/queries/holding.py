"""How a program holds its database: findings at a line, and what rules about it share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from dbwright.core.claim import Claim, ClaimKind, SeenProbe
from dbwright.core.finding import Finding, Location, Severity
from dbwright.core.recording import Engine, Line

UNKNOWN = "?"
"""A host that only a run knows."""
_NEAR = (".localhost", ".internal", ".test", ".local", ".svc", ".invalid")
Fact = Literal["errors", "engines", "pauses", "shared", "groups"]


def is_near(host: str | None) -> bool:
    """Whether a host is this machine, or a name that only a network of containers knows.

    >>> is_near("db"), is_near("/run/postgresql"), is_near("db.example.com")
    (True, True, False)
    """
    if not host or host == UNKNOWN or host.startswith(("/", "127.")) or host == "0.0.0.0":
        return True
    return ("." not in host and ":" not in host) or host == "::1" or host.endswith(_NEAR)


def host_of(engine: Engine) -> str | None:
    """Gives the host of an engine's server; that of the URL's query goes first, as with libpq."""
    return engine.query.get("host") or engine.host


def claim(kind: ClaimKind, fact: Fact, line: Line, proposition: str, witness: str) -> Claim:
    """Gives the claim that the run itself showed something at a line."""
    return Claim(kind, probe=SeenProbe(fact, line.file, line.line, proposition, witness))


def finding(
    line: Line,
    message: str,
    claims: Iterable[Claim] = (),
    *,
    name: str | None = None,
    severity: Severity | None = None,
    evidence: Iterable[str] = (),
    **details: Any,
) -> Finding:
    """Gives a finding at a line, which is its first evidence."""
    code = [f"{line.file}:{line.line}: {line.code}"] if line.code else []
    return Finding(
        message=message,
        location=Location(line.file, line.line, object=name),
        claims=tuple(claims),
        severity=severity,
        evidence=(*code, *evidence),
        details=details,
    )


def said(line: Line | None) -> str:
    """Gives a line as `file:line: code`; empty for none."""
    if line is None:
        return ""
    return f"{line.file}:{line.line}" + (f": {line.code}" if line.code else "")
