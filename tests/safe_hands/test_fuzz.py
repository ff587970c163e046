"""Whatever is read at random leaves the database as it is, ends in time, and stays small."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import grammar, planting
from .harness import ANSWER_BYTES, listed, load, weight
from .test_attacks import LIMITS, guarded, stand_of

EXAMPLES = int(os.environ.get("DBWRIGHT_FUZZ", "60"))
TEXTS = {
    "postgresql-18": st.one_of(grammar.statements(grammar.POSTGRESQL), planting.planted()),
    "mariadb": grammar.statements(grammar.MARIADB),
    "sqlite": grammar.statements(grammar.SQLITE),
}


@pytest.mark.database
@pytest.mark.parametrize("name", list(TEXTS))
def test_what_is_accepted_only_reads(name: str, postgresql_15: Path, mariadb: str) -> None:
    attacks = [a for a in load(name.split("-")[0]) if a.setup == ""][:1]
    accepted = []
    with stand_of(name, attacks, postgresql_15, mariadb) as stand:
        before, files = stand.fingerprint(), listed(stand.folder)

        @settings(
            max_examples=EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def only_reads(data: st.DataObject) -> None:
            sql = stand.filled(data.draw(TEXTS[name]))
            began = time.monotonic()
            try:
                answer = guarded(stand.url("superuser"), sql)
            except Exception as error:
                answer = [f"{error}"]
            else:
                accepted.append(sql)
            took = time.monotonic() - began
            assert stand.fingerprint() == before
            assert listed(stand.folder) == files
            assert stand.marker not in repr(answer)
            assert weight(answer) <= ANSWER_BYTES
            assert took < LIMITS.seconds + 4
            assert not stand.busy()

        only_reads()
        stand.reset({"catalog"})
    assert len(accepted) >= EXAMPLES / 50, "a fuzzer that nothing accepts proves nothing"
