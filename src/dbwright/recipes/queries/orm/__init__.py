"""A statement as SQLAlchemy 2 code on the project's own classes."""
