"""The fixtures of upgrades of one database."""

from tests.deploy.conftest import made, postgresql, postgresql_server

__all__ = ["made", "postgresql", "postgresql_server"]
