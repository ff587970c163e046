"""Row security: the policies of a catalog, and code that puts a tenant's policy on a table."""

from __future__ import annotations

from dbwright.core.drift import Drift
from dbwright.core.finding import Fix
from dbwright.core.schema import Schema
from dbwright.recipes import code, drift, revision

SETTING = "app.tenant"


def policies(schema: Schema, table: str) -> dict[str, str]:
    """Gives the policies of a table: name to definition, `permissive for all using (true)`."""
    end = f" on {table}"
    return {
        found.name.removesuffix(end): found.definition
        for found in schema.others
        if found.kind == "policy" and found.name.endswith(end)
    }


def is_open(definition: str) -> bool:
    """Whether a policy lets every row through: one that permits by the condition true.

    >>> is_open("permissive for all using (true)"), is_open("restrictive for all using (true)")
    (True, False)
    """
    return definition.startswith("permissive") and "using (true)" in definition


def enabled(found: Drift, table: str, column: str, kind: str, present: tuple[str, ...]) -> Fix:
    """Gives the fix that lets a session see the rows of its tenant only; `present` policies go."""
    name, key = code.quoted("tenant_rows"), code.quoted(table)
    # unset it is NULL, and empty after SET LOCAL: no row, and no error of the cast
    tenant = f"nullif(current_setting('{SETTING}', true), '')::{kind}"
    condition = f"{code.quoted(column)} = {tenant}"
    up = [f"drop policy {code.quoted(old)} on {key}" for old in present]
    up += [
        f"alter table {key} enable row level security",
        f"alter table {key} force row level security",
        f"create policy {name} on {key} using ({condition})",
    ]
    down = [f"drop policy {name} on {key}"]
    down += [f"create policy {code.quoted(old)} on {key} using (true)" for old in present]
    if not present:
        down += [
            f"alter table {key} no force row level security",
            f"alter table {key} disable row level security",
        ]
    body, back = ("\n".join(map(code.execute, statements)) for statements in (up, down))
    notes = revision.Notes(
        f"lets a session read and write the rows of {table} of its own tenant only.",
        f"sessions that do not set {SETTING} see no row of {table}; set it at the start of each.",
    )
    phase = revision.Phase(f"row security of {table}", body, back, notes)
    return Fix("give the table its policy", body, edits=drift.new_revision(found, phase))


def forced(found: Drift, tables: tuple[str, ...]) -> Fix:
    """Gives the fix that has the policies of tables hold for their owner too."""
    alter = [f"alter table {code.quoted(table)} {{}}force row level security" for table in tables]
    body = "\n".join(code.execute(sql.format("")) for sql in alter)
    back = "\n".join(code.execute(sql.format("no ")) for sql in alter)
    shown = tables[0] if len(tables) == 1 else f"{tables[0]} and {len(tables) - 1} more"
    notes = revision.Notes(
        f"has the policies of {shown} hold for the owner of the table too.",
        "what the owner reads and writes across tenants today, it no longer sees.",
    )
    phase = revision.Phase(f"row security of {shown} for its owner", body, back, notes)
    return Fix("let the policies hold for the owner", body, edits=drift.new_revision(found, phase))
