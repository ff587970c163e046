"""What is foretold of a backfill, beside what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from dbwright import estimate_on_twin, export_twin, twin_text
from dbwright.backfill import Backfill, Settings, estimate, run
from dbwright.backfill.estimate import Estimate, Sizes
from dbwright.backfill.sample import Replay, Sample

from .conftest import ask, send

FILL = Backfill("fill", "t", set="b = a * 2", where="b IS NULL")
QUICK = Settings(max_waiting=0)
ROWS = 20_000


def made(engine: Engine, fillfactor: int) -> None:
    rows = f"SELECT n, n, repeat('x', 60) FROM generate_series(1, {ROWS}) n"
    send(
        engine,
        "CREATE TABLE t (k int PRIMARY KEY, a int, note text, b int)"
        f" WITH (fillfactor = {fillfactor}, autovacuum_enabled = off)",
        f"INSERT INTO t (k, a, note) {rows}",
        "CREATE INDEX ON t (a)",
        "ANALYZE t",
    )


def measured(engine: Engine) -> tuple[float, float]:
    """The bytes of log so far, and those of the table with its indexes."""
    log = "pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
    [(written, size)] = ask(engine, f"SELECT {log}, pg_total_relation_size('t')")
    return float(written), float(size)


@pytest.mark.database
@pytest.mark.parametrize(("fillfactor", "in_place"), [(100, 0.0), (40, 1.0)])
def test_log_and_room_are_foretold(postgresql: Engine, fillfactor: int, in_place: float) -> None:
    made(postgresql, fillfactor)
    found = estimate(postgresql, FILL, QUICK)
    assert ask(postgresql, "SELECT count(b) FROM t") == [(0,)]
    assert found.sample is not None
    assert found.sample.in_place is not None
    assert found.sample.in_place / found.sample.written == pytest.approx(in_place, abs=0.05)
    assert found.rows == pytest.approx(ROWS, rel=0.1)
    assert found.undone == pytest.approx(ROWS, rel=0.1)
    with postgresql.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL t")  # what was tried has left its rows
        connection.exec_driver_sql("CHECKPOINT")
    before, size = measured(postgresql)
    assert run(postgresql, FILL, QUICK).state == "done"
    after = measured(postgresql)
    assert found.log_bytes is not None
    assert 50 * ROWS < found.log_bytes < 1.35 * (after[0] - before)  # others may write there too
    if in_place:
        assert found.growth_bytes == pytest.approx(0, abs=0.1 * size)
    else:
        assert found.growth_bytes == pytest.approx(after[1] - size, rel=0.35)


@pytest.mark.database
def test_a_twin_foretells_without_a_row(postgresql: Engine, tmp_path: Path) -> None:
    made(postgresql, 100)
    send(postgresql, "UPDATE t SET b = 1 WHERE k <= 5000")
    with postgresql.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL ANALYZE t")
    there = estimate(postgresql, FILL, QUICK, sample=False)
    twin = tmp_path / "prod.twin"
    url = postgresql.url.set(drivername="postgresql").render_as_string(hide_password=False)
    twin.write_text(twin_text(export_twin(url)))
    found = estimate_on_twin(twin, FILL)
    assert found.undone == pytest.approx(15_000, rel=0.05)
    assert (found.rows, found.sizes, found.key) == (there.rows, there.sizes, ("k",))
    assert (found.log_bytes, found.growth_bytes) == (there.log_bytes, there.growth_bytes)
    before, size = measured(postgresql)
    assert run(postgresql, FILL, QUICK).state == "done"
    after = measured(postgresql)
    assert found.growth_bytes == pytest.approx(after[1] - size, rel=0.35)
    assert found.log_bytes is not None
    assert 50 * 15_000 < found.log_bytes < 2 * (after[0] - before)


@pytest.mark.database
def test_a_row_that_cannot_be_written_is_told_before(postgresql: Engine) -> None:
    made(postgresql, 100)
    send(postgresql, "ALTER TABLE t ADD CHECK (b <> 14)")
    found = estimate(postgresql, FILL, QUICK)
    assert found.sample is None
    assert "violates check constraint" in found.trouble
    assert found.seconds() is None


def test_rows_that_are_done_cost_only_their_reading() -> None:
    """A tenth is left: not ten times as fast as the sample, which wrote all its rows."""
    sample = Sample(1_000, 1_000, walk_seconds=0.01, seconds=0.1)
    found = Estimate(FILL, "", ("k",), 1_000_000, 100_000, Sizes(), sample)
    assert found.seconds() == pytest.approx(10 + 10)
    assert found.seconds(2) == pytest.approx(10)


def test_a_replica_that_is_slower_is_told() -> None:
    sample = Sample(1_000, 1_000, 0.0, 0.1, log_bytes=100_000)
    given = (FILL, "", ("k",), 1_000_000.0, 1_000_000.0, Sizes(), sample)
    quick, slow = Replay("a", 990_000), Replay("b", 250_000)
    assert Estimate(*given, replays=(quick,)).slowest() is None
    assert Estimate(*given, replays=()).slowest() is None
    told = Estimate(*given, replays=(quick, slow)).slowest()
    assert told is not None
    assert (told[0], round(told[1])) == (slow, 400)
