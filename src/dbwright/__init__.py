"""dbwright: the database specialist of teams that use SQLAlchemy 2 and Alembic."""
