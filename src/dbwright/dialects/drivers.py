"""The drivers that come with dbwright: what it connects with itself, whatever a project uses."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from dbwright.core.errors import UsageError

_OURS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "sqlite": "sqlite",
}


def url_of(text: str) -> URL:
    """Gives the parts of a database's URL; UsageError for what is none."""
    try:
        return make_url(text)
    except ArgumentError:
        raise UsageError(
            "what names the database is no URL", way_out="Write postgresql://USER@HOST:5432/NAME."
        ) from None


def with_ours(url: URL) -> URL:
    """Gives a URL with our own driver in the place of its own; of a database unknown as it is.

    >>> with_ours(url_of("postgres://me@db/shop")).drivername
    'postgresql+psycopg'
    >>> with_ours(url_of("mariadb+asyncmy://me@db/shop")).drivername
    'mariadb+pymysql'
    """
    name = url.drivername.partition("+")[0]
    return url.set(drivername=_OURS.get(name, url.drivername))
