"""Four workers with ten connections each."""

# /// label
# on = ["psycopg"]
# static = true
# looks = "pool-too-large"
# why = "forty of a hundred"
# measure = "connects"
# before = 1
# ///

from sqlalchemy import create_engine, text
from sqlalchemy.orm import declarative_base


Base = declarative_base()
workers = 4  # gunicorn reads this module


def main(url):
    engine = create_engine(url, pool_size=5, max_overflow=5)
    with engine.connect() as connection:
        return connection.scalar(text("select 1"))
