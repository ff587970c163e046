"""The one line for env.py: `from dbwright.alembic_hook import process_revision_directives`."""

from dbwright.frontends.alembic_hook import process_revision_directives

__all__ = ["process_revision_directives"]
