"""What runs inside the user's interpreter: stdlib and the user's own SQLAlchemy and Alembic.

It is started by path, so nothing of dbwright need be installed there, and imports nothing else
of ours. Facts go out as JSON over a private pipe; statements go over the same pipe to the
parent, which runs them on a scratch database.
"""
