"""A server that takes a connection and says nothing: the limits that are advised end the wait."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from dbwright.rules.queries.missing_timeout import _LIMITS, _code


@pytest.fixture
def silent() -> Iterator[str]:
    """Gives the address of a server that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("url", "limits"),
    [
        ("postgresql+psycopg://app@{}/shop", {"connect_timeout": 2}),
        ("mysql+pymysql://app@{}/shop", {"read_timeout": 1}),
    ],
)
def test_a_limit_ends_the_wait(silent: str, url: str, limits: dict[str, int]) -> None:
    engine = create_engine(url.format(silent), connect_args=limits)
    (name,) = limits
    assert name in _LIMITS[engine.dialect.driver]
    assert name in _code(engine.dialect.driver)
    with pytest.raises(DBAPIError):
        engine.connect()
