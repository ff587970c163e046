"""dbwright: the database specialist of teams that use SQLAlchemy 2 and Alembic."""

from dbwright.api import Options, Progress, apply_edits, ask, check, review_query, rule, rules

__all__ = ["Options", "Progress", "apply_edits", "ask", "check", "review_query", "rule", "rules"]
