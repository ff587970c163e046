"""What a run of a case shows, as reasons: a pure reading of observe.py's answer."""

from __future__ import annotations

from typing import Any

from casefile import Case

Found = dict[str, str]
MANY_ROWS, MANY_TABLES = 1000, 4


def reasons(case: Case, runs: dict[str, dict[str, Any]]) -> Found:
    """Every reason that the runs show, with what was seen.

    `runs` has `filled`; `empty` when the upgrade failed; `half` when it was made to fail before
    its last statement; `later` when the revision imports the application.
    """
    run = runs["filled"]
    found = of_graph(run["graph"])
    if "upgrade_error" not in run:
        return found
    if run["upgrade_error"] and not found:
        empty = runs["empty"]["upgrade_error"]
        kind = "fails_at_runtime" if empty else "fails_on_data"
        found[kind] = run["upgrade_error"]
    found |= of_locks(run["statements"])
    found |= of_half(runs.get("half"))
    if runs.get("later", {}).get("upgrade_error"):
        found["imports_application"] = runs["later"]["upgrade_error"]
    if run["upgrade_error"]:
        return found
    return found | of_code(run) | of_rows(run) | of_schema(case, run) | of_downgrade(run)


def of_graph(graph: dict[str, Any]) -> Found:
    """The reasons that lie in the revisions' graph."""
    found: Found = {}
    if any("present more than once" in warning for warning in graph.get("warnings", [])):
        found["graph_duplicate_revision"] = graph["warnings"][0]
    elif "heads" in graph:
        found["graph_multiple_heads"] = ", ".join(graph["heads"])
    if any("is not present" in w for w in graph.get("warnings", [])) or "error" in graph:
        found.setdefault(
            "graph_missing_parent", graph.get("error") or "; ".join(graph.get("warnings", []))
        )
    if "graph_duplicate_revision" in found:
        found.pop("graph_missing_parent", None)
    return found


def of_locks(statements: list[dict[str, Any]]) -> Found:
    """Who waited, and for which work."""
    found: Found = {}
    changed: dict[str, int] = {}
    for fact in statements:
        sql = fact["sql"]
        if sql == "COMMIT" or fact.get("autocommit"):
            changed = {}
        reads, writes = set(fact.get("reads_wait", [])), set(fact.get("writes_wait", []))
        work = worked(fact)
        for name, count in fact.get("rows_locked", {}).items():
            changed[name] = changed.get(name, 0) + count
        tell(found, "blocks_reads", reads, sql)
        tell(found, "blocks_writes", writes, sql)
        tell(found, "reads_wait_for_work", reads if work else set(), sql)
        tell(found, "writes_wait_for_work", writes if work else set(), sql)
        tell(found, "many_tables", reads if len(reads) >= MANY_TABLES else set(), sql)
        tell(found, "full_scan_locked", set(fact.get("scanned", [])) & (reads | writes), sql)
        tell(found, "table_rewrite", set(fact.get("rewritten", [])), sql)
        tell(found, "long_row_locks", {n for n, c in changed.items() if c >= MANY_ROWS}, sql)
        if fact.get("no_timeout"):
            tell(found, "lock_no_timeout", reads | writes, sql)
        if refused := fact.get("lock_none_refused"):
            found.setdefault("blocks_writes", refused)
            found.setdefault("writes_wait_for_work", refused)
    return found


def worked(fact: dict[str, Any]) -> bool:
    """Whether a statement did work that grows with a table."""
    many = any(count >= MANY_ROWS for count in fact.get("rows_locked", {}).values())
    return bool(fact.get("scanned") or fact.get("rewritten") or fact.get("indexed") or many)


def tell(found: Found, reason: str, tables: set[str], sql: str) -> None:
    """Keeps the first statement at which a reason was seen."""
    if tables:
        found.setdefault(reason, f"{', '.join(sorted(tables))}: {sql}")


def of_half(half: dict[str, Any] | None) -> Found:
    """A revision that failed before its last statement, left a part, and cannot be run again."""
    if not half or not half.get("upgrade") or not half.get("retry_error"):
        return {}
    left = [f"{kind} {name}" for kind, names in half["upgrade"].items() for name in names]
    return {"non_transactional": f"left {left[0]}; the retry: {half['retry_error']}"}


def of_code(run: dict[str, Any]) -> Found:
    """Statements of the old code that fail now, and rows of the new one that are refused."""
    found: Found = {}
    for statement, error in run["old_code"].items():
        found.setdefault("breaks_old_code", f"{statement}: {error}")
    for statement, error in run["next_rows"].items():
        found.setdefault("refuses_good_row", f"{statement}: {error}")
    if run["offline_error"]:
        found["fails_offline"] = run["offline_error"]
    if run["invalid"]:
        found["leaves_object_behind"] = f"invalid: {', '.join(run['invalid'])}"
    return found


def of_rows(run: dict[str, Any]) -> Found:
    """Rows and values that the upgrade lost, where nothing new holds the same."""
    found: Found = {}
    before, after = run["rows"]
    for table, old in before.items():
        if not old["rows"]:
            continue
        new = after.get(table) or same_table(old, after, before)
        if new is None or new["rows"] < old["rows"]:
            left = new["rows"] if new else 0
            found.setdefault("data_loss", f"{table}: {old['rows']} rows before, {left} after")
            continue
        lost_columns(table, old, new, found)
    return found


def same_table(
    old: dict[str, Any], after: dict[str, Any], before: dict[str, Any]
) -> dict[str, Any] | None:
    """The table of another name that has the same values."""
    fresh = (table for name, table in after.items() if name not in before)
    return next((t for t in fresh if t["columns"] == old["columns"]), None)


def lost_columns(table: str, old: dict[str, Any], new: dict[str, Any], found: Found) -> None:
    """Columns with values that are gone, and not under another name of the same table."""
    fresh = {n: v for n, v in new["columns"].items() if n not in old["columns"]}
    for name, value in old["columns"].items():
        if name in new["columns"]:
            if new["columns"][name][0] < value[0]:
                found.setdefault("data_loss", f"{table}.{name}: {value[0]} values before")
        elif value[0] and value not in fresh.values():
            found.setdefault("data_loss", f"{table}.{name}: {value[0]} values")
            if fresh:
                told = f"{table}.{name} went, {', '.join(fresh)} came"
                found.setdefault("rename_as_drop_add", told)


def of_schema(case: Case, run: dict[str, Any]) -> Found:
    """Checks and triggers that went although their table stays and nobody dropped them."""
    if case.on != "sqlite":
        return {}
    tables = {name.split()[1] for name in run["upgrade"].get("gone", []) if name[:5] == "table"}
    lost = [
        name
        for name in run["upgrade"].get("gone", [])
        if name.startswith(("check", "trigger")) and name.split()[1].rstrip(":") not in tables
    ]
    return {"schema_differs": f"gone: {', '.join(lost)}"} if lost else {}


def of_downgrade(run: dict[str, Any]) -> Found:
    """A way back that fails, leaves something, or does not bring the rows back."""
    error = run["downgrade_error"]
    if error:
        raised = error.startswith("NotImplementedError")
        return {"downgrade_raises" if raised else "downgrade_fails": error}
    found: Found = {}
    left = run["downgrade"].get("new", [])
    if left:
        told = (
            f"{', '.join(left[:3])}; the second upgrade: {run['second_upgrade_error'] or 'passes'}"
        )
        found["leaves_object_behind"] = told
    elif run["second_upgrade_error"]:
        found["second_upgrade_fails"] = run["second_upgrade_error"]
    other = {k: [n for n in v if not n.startswith("enum")] for k, v in run["downgrade"].items()}
    if any(other.values()):
        kind, names = next((k, v) for k, v in other.items() if v)
        found["irreversible_downgrade"] = f"{kind}: {', '.join(names[:3])}"
    before, after = run["rows"][0], run["rows_after_downgrade"]
    for table, old in before.items():
        differs = [c for c, v in old["columns"].items() if less(v, after, table, c)]
        if differs and old["rows"]:
            found.setdefault("lossy_downgrade", f"{table}: {', '.join(differs)}")
    return found


def less(value: list[Any], after: dict[str, Any], table: str, column: str) -> bool:
    """Whether a column's values are not what they were."""
    return after.get(table, {}).get("columns", {}).get(column) != value


# What makes a case no safe one. A short lock under a timeout is none.
HARMFUL = (
    "reads_wait_for_work",
    "writes_wait_for_work",
    "many_tables",
    "full_scan_locked",
    "table_rewrite",
    "long_row_locks",
    "lock_no_timeout",
    "breaks_old_code",
    "data_loss",
    "fails_on_data",
    "fails_at_runtime",
    "fails_offline",
    "imports_application",
    "non_transactional",
    "downgrade_fails",
    "lossy_downgrade",
    "irreversible_downgrade",
    "leaves_object_behind",
    "refuses_good_row",
    "schema_differs",
    "second_upgrade_fails",
    "graph_multiple_heads",
    "graph_duplicate_revision",
    "graph_missing_parent",
)


def contradictions(case: Case, found: Found) -> list[str]:
    """Where the written label and the measurement disagree."""
    if case.safe:
        harmful = [reason for reason in HARMFUL if reason in found]
        if case.on == "sqlite":  # batch mode has to read the table, so nobody uses --sql there
            harmful = [reason for reason in harmful if reason != "fails_offline"]
        return [f"safe, but {reason}: {found[reason]}" for reason in harmful]
    return [f"{reason} was not seen" for reason in case.danger if reason not in found]
