"""Where a revision can stop for good, read from its source."""

from collections.abc import Callable
from dataclasses import replace

from dbwright.core.migration import Migration
from dbwright.core.target import Target
from dbwright.recipes import half_applied

Written = Callable[..., Migration]
TABLES = "create table t (id bigint primary key, code varchar(20))"
COLUMN = 'op.execute("ALTER TABLE t ADD COLUMN a text")'
GUARDED = 'op.execute("ALTER TABLE t ADD COLUMN IF NOT EXISTS a text")'
BLOCK = """
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY ix_t_code ON t (code)")
"""
UNIQUE = 'op.create_unique_constraint("uq_t_code", "t", ["code"])'


def _stops(migration: Migration) -> list[tuple[str, int]]:
    found = half_applied.halves(migration)
    return [(half.refused.sql.partition(" ON ")[0], half.commits) for half in found]


def _on_mariadb(written: Written, upgrade: str) -> Migration:
    return replace(written(upgrade, "pass", TABLES), target=Target("mariadb"))


def test_an_autocommit_block_behind_work_that_runs_once_is_a_place_to_stop(
    written: Written,
) -> None:
    found = written(f"{COLUMN}\n{BLOCK}\n{COLUMN}", "pass", TABLES)
    build, column = "CREATE INDEX CONCURRENTLY ix_t_code", "ALTER TABLE t ADD COLUMN a text"
    assert _stops(found) == [(build, 1), (column, 2)]


def test_nothing_stops_for_good_where_all_before_it_can_run_again(written: Written) -> None:
    dropped = BLOCK.replace("CREATE INDEX CONCURRENTLY ix_t_code ON t (code)", "SELECT 1")
    assert _stops(written(f"{GUARDED}\n{dropped}\n{COLUMN}", "pass", TABLES)) == []
    assert _stops(written(f"{COLUMN}\n{UNIQUE}", "pass", TABLES)) == []
    reset = 'op.execute("RESET lock_timeout")'
    assert _stops(written(f"{BLOCK}\n{reset}", "pass", TABLES)) == []


def test_an_index_dropped_if_it_exists_can_be_built_again(written: Written) -> None:
    drop = 'op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_t_code")\n    '
    block = BLOCK.replace("op.execute", f"{drop}op.execute")
    assert _stops(written(f"{block}\n{GUARDED}", "pass", TABLES)) == []
    assert len(_stops(written(f"{BLOCK}\n{GUARDED}", "pass", TABLES))) == 1


def test_on_mariadb_only_what_rows_can_refuse_stops_it(written: Written) -> None:
    assert [commits for _, commits in _stops(_on_mariadb(written, f"{COLUMN}\n{UNIQUE}"))] == [1]
    assert _stops(_on_mariadb(written, f"{UNIQUE}\n{COLUMN}")) == []
    assert _stops(_on_mariadb(written, f"{COLUMN}\nop.create_index('ix', 't', ['code'])")) == []


def test_rows_of_the_revision_itself_can_refuse_too(written: Written) -> None:
    table = 'op.execute("CREATE TABLE n (id bigint PRIMARY KEY, code varchar(9))")'
    rows = "op.execute(\"INSERT INTO n VALUES (1, 'a')\")"
    unique = UNIQUE.replace('"t"', '"n"')
    assert len(_stops(_on_mariadb(written, f"{table}\n{rows}\n{unique}"))) == 1
    assert _stops(_on_mariadb(written, f"{table}\n{unique}")) == []
