"""Safe hands on a user's database: guarded reads, the role for them, writes by approval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbwright.core.diagnosis import Diagnosis
    from dbwright.core.granted import GrantedRole
    from dbwright.core.reading import Answer, Limits
    from dbwright.core.writing import WritePlan, Written


def read(
    sql: str, db: str, *, parameters: Sequence[Any] = (), limits: Limits | None = None
) -> Answer:
    """Gives what one statement that only reads answers, on the database of a URL.

    It is one SELECT, VALUES, TABLE, SHOW, or EXPLAIN of one, with `parameters` for `$1`
    (PostgreSQL), `%s` (MySQL, MariaDB) or `?` (SQLite). All that it calls, views and functions
    included, is looked up in the catalog first; it runs in a read-only transaction on a fresh
    connection, within `limits`, and is rolled back. Secrets in the answer are replaced. Raises
    ReadRefused for a statement that may do more than read, UsageError for a URL that cannot be
    meant, CollectError where the database cannot be reached or refuses it.
    """
    from dbwright.jobs.reading import run

    return run(sql, db, parameters, limits)


def doctor(
    db: str,
    *,
    for_agent: bool = False,
    allow_superuser: bool | None = None,
    path: str | Path = ".",
) -> Diagnosis:
    """Gives what is wrong with the connection that a URL names, each with the way out.

    With `for_agent` a role that may do anything is `refused`, unless `allow_superuser` or the
    settings of the project at `path` say that a human has accepted it; `raise_if_refused` of the
    diagnosis makes an error of it. Raises CollectError where nothing answers.
    """
    from dbwright.jobs.doctor import run

    return run(db, for_agent=for_agent, allow_superuser=allow_superuser, path=Path(path))


def grant_role(
    role: str = "dbwright_reader",
    *,
    db: str | None = None,
    dialect: str = "postgresql",
    schemas: Sequence[str] = (),
    database: str = "",
    generate_password: bool = False,
    revoke_public: bool = False,
    host: str = "%",
) -> GrantedRole:
    """Gives the SQL of a role that reads the schemas and does nothing else; nothing is run.

    The database at the URL `db`, which is only read, tells the schemas, their owners, and the
    functions that PUBLIC may call with the rights of others: those are taken from PUBLIC in
    comments, or with `revoke_public` in statements. A password is in the SQL only with
    `generate_password`. Raises UsageError for what cannot be meant.
    """
    from dbwright.core.granted import RoleWanted
    from dbwright.jobs.grant_role import run

    wanted = RoleWanted(role, database, tuple(schemas), "", revoke_public, host)
    return run(wanted, db=db, dialect=dialect, generate=generate_password)


def plan_write(sql: str, db: str, *, trial: bool = False) -> WritePlan:
    """Gives exactly what would be written to a database, and its hash; nothing is changed.

    The plan waits for an hour for a human's approval. `trial` runs it in a transaction that is
    rolled back, which holds locks and fires triggers: a human asks for that, never an agent's
    tool. Raises UsageError for what only reads or cannot be planned.
    """
    from dbwright.jobs.writes import plan

    return plan(sql, db, trial=trial)


def apply_write(hash: str, db: str, approve: Callable[[WritePlan], bool]) -> Written:
    """Runs the plan of a hash on the database that it was made for, once.

    `approve` gets the plan, shows it to a human and gives their answer; no tool of an agent may
    stand for it. Raises UsageError for a no and for a plan that is not there, is too old, was
    changed or is for another database; CollectError where the database refuses it.
    """
    from dbwright.jobs.writes import apply

    return apply(hash, db, approve)
