"""What the tests of rules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbwright.testing import Laboratory, laboratory


@pytest.fixture(scope="session")
def rule_lab() -> Iterator[Laboratory]:
    """A laboratory for all the rules that one process tests."""
    with laboratory() as opened:
        yield opened
