"""Eight workers with thirty connections each, on a server that gives a hundred."""

# /// label
# on = ["psycopg"]
# static = true
# result = true
# result_fixed = false
# measure = "connects"
# before = 1
# after = 1
# replace = [["pool_size=20, max_overflow=10", "pool_size=5, max_overflow=5"]]
# ///

from sqlalchemy import create_engine, text
from sqlalchemy.orm import declarative_base


Base = declarative_base()
workers = 8  # gunicorn reads this module


def main(url):
    engine = create_engine(url, pool_size=20, max_overflow=10)  #! pool-too-large
    with engine.connect() as connection:
        given = int(connection.scalar(text("show max_connections")))
    return workers * (engine.pool.size() + engine.pool._max_overflow) > given
