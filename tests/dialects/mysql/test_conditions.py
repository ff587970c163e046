"""Whether a WHERE says how many rows it meets: read alike from every database's grammar."""

from __future__ import annotations

import pytest

from dbwright import dialects
from dbwright.core.operation import Data

OPEN = {
    "a is null": (),
    "a is not null": ("a",),
    "a < 5": ("a",),
    "a <> 5": ("a",),
    "a not in (1, 2)": ("a",),
    "a is null and b > 3": ("b",),
    "a = 1 or b is null": (),
    "1 = 1 and a is null": (),
}
NAMED = (
    "a = 5",
    "a in (1, 2)",
    "a between 1 and 5",
    "a > 1 and a < 5",
    "a like 'x%'",
    "a is null and b = 3",
    "a < (select max(n) from u)",
    "exists (select 1 from u)",
)


def parsed(dialect: str, action: str, condition: str) -> Data:
    start = "delete from t" if action == "delete" else "update t set c = 1"
    (found,) = dialects.get(dialect).statements.parse(f"{start} where {condition}")
    assert isinstance(found, Data)
    return found


@pytest.mark.parametrize("action", ["update", "delete"])
@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "mariadb", "sqlite"])
def test_a_condition_names_rows_or_asks_for_a_kind(dialect: str, action: str) -> None:
    for condition, compared in OPEN.items():
        found = parsed(dialect, action, condition)
        assert (found.open_ended, found.compared) == (True, compared), condition
    for condition in NAMED:
        assert not parsed(dialect, action, condition).open_ended, condition


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
def test_a_limit_names_rows(dialect: str) -> None:
    assert not parsed(dialect, "delete", "a is null limit 5").open_ended
