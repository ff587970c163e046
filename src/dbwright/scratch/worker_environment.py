"""The variables that a child may see: no database of the user's is named in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

SYNTHETIC = {
    "postgresql": "://dbwright:dbwright@localhost:5432/dbwright",
    "mysql": "://dbwright:dbwright@localhost:3306/dbwright",
    "mariadb": "://dbwright:dbwright@localhost:3306/dbwright",
    "sqlite": ":///dbwright.db",
}
_SCHEMES = (
    "postgres|postgresql|postgis|cockroachdb|redshift|timescaledb|mysql|mariadb|sqlite|oracle|"
    "mssql|snowflake|clickhouse|clickhousedb|databricks|bigquery|trino|presto|duckdb|firebird|"
    "db2|ibm_db_sa|sybase|vertica|crate"
)
_URL = re.compile(rf"\s*(?P<scheme>{_SCHEMES})(?P<driver>\+\w+)?://", re.I)
_LIBPQ = re.compile(
    r"PG(HOST|HOSTADDR|PORT|DATABASE|USER|PASSWORD|PASSFILE|SERVICE|SERVICEFILE|OPTIONS|SSL\w+|"
    r"CONNECT_TIMEOUT|TARGETSESSIONATTRS|APPNAME|DATA|REQUIREAUTH|CHANNELBINDING|GSS\w+|KRB\w+)"
)
_DROPPED = ("MYSQL_PWD", "MYSQL_HOST", "COVERAGE_PROCESS_START", "COV_CORE_DATAFILE")


def scrubbed(variables: Mapping[str, str], dialect: str) -> dict[str, str]:
    """Gives the variables without libpq's, and with every database URL made synthetic."""
    kept = {
        name: _synthetic(value, dialect)
        for name, value in variables.items()
        if not _LIBPQ.fullmatch(name) and name not in _DROPPED
    }
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def _synthetic(value: str, dialect: str) -> str:
    found = _URL.match(value)
    if not found:
        return value
    scheme = found["scheme"].lower()
    family = "postgresql" if scheme in ("postgres", "postgis") else scheme
    rest = SYNTHETIC.get(family, "://dbwright@localhost/dbwright")
    return f"{found['scheme']}{found['driver'] or ''}{rest}"
