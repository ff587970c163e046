"""Upgrades of databases in use: the project's own Alembic run, one revision at a time, watched."""
