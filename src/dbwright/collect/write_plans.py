"""Plans of writes that wait for a human, as files that only their user reads."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from dbwright.collect.database import dialect_of
from dbwright.core.codec import from_json, to_json
from dbwright.core.errors import UsageError
from dbwright.core.writing import SECONDS, WritePlan, hash_of

_HASH = re.compile(r"[0-9a-f]{64}")
_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
_AGAIN = "Plan it again:  dbwright queries write SQL --db URL"


def identity(url: str) -> str:
    """Gives what a URL names, without its password: who, where, which database.

    >>> identity("postgres://me:secret@Host/shop") == identity("postgresql://me@host:5432/shop")
    True
    """
    dialect = dialect_of(url)
    parts = urlsplit(url)
    if dialect == "sqlite":
        name = unquote(url.partition("://")[2].partition("?")[0].removeprefix("/"))
        return f"sqlite:///{Path(name).resolve()}"
    asked = parse_qs(parts.query)
    host = (asked.get("host") or asked.get("unix_socket") or [parts.hostname or "localhost"])[0]
    port = (asked.get("port") or [str(parts.port or _PORTS.get(dialect, 0))])[0]
    user = unquote(parts.username or (asked.get("user") or [""])[0])
    name = unquote(parts.path.removeprefix("/")) or (asked.get("dbname") or [""])[0]
    return f"{dialect}://{user}@{host.lower()}:{port}/{name}"


def folder() -> Path:
    """Gives the folder of the plans, for its user alone; UsageError where it cannot be made."""
    import platformdirs

    path = Path(platformdirs.user_state_path("dbwright")) / "plans"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise UsageError(
            f"cannot keep a plan in {path}: {error.strerror}",
            way_out="Set XDG_STATE_HOME to a folder that can be written.",
        ) from error
    return path


def keep(plan: WritePlan) -> None:
    """Writes the plan down; older ones that have expired are thrown away."""
    place = folder()
    for old in place.glob("*.json"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > SECONDS:
                old.unlink()
    file = place / f"{plan.hash}.json"
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as writer:
        json.dump(to_json(plan), writer)


def kept(hash: str, url: str, now: float | None = None) -> WritePlan:
    """Gives the plan of a hash; UsageError where there is none, it is old, changed, or for another.

    Nothing is taken from the file on trust: its hash is worked out again.
    """
    if not _HASH.fullmatch(hash):
        raise UsageError(
            "a plan is named by all 64 signs of its hash", way_out="Copy it as it was printed."
        )
    file = folder() / f"{hash}.json"
    try:
        plan = from_json(WritePlan, json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise UsageError(f"there is no plan {hash[:12]}…", way_out=_AGAIN) from error
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"the plan {hash[:12]}… cannot be read", way_out=_AGAIN) from error
    here = identity(url)
    statements = tuple(each.sql for each in plan.statements)
    if plan.database != here:
        raise UsageError(
            f"the plan {hash[:12]}… is for {plan.database}, and --db names {here}",
            way_out="Name the database that it was made for.",
        )
    if hash_of(here, statements) != hash or plan.hash != hash:
        raise UsageError(f"the plan {hash[:12]}… was changed since it was made", way_out=_AGAIN)
    age = (time.time() if now is None else now) - plan.created
    if not -60 <= age <= SECONDS:
        raise UsageError(
            f"the plan {hash[:12]}… is {age / 60:.0f} minutes old, and it holds for "
            f"{SECONDS // 60}",
            way_out=_AGAIN,
        )
    return plan


def used(hash: str) -> None:
    """Throws a plan away: it is applied once. UsageError where somebody was faster."""
    try:
        (folder() / f"{hash}.json").unlink()
    except FileNotFoundError as error:
        raise UsageError(f"the plan {hash[:12]}… is being applied already") from error
