"""Async workers with large pools: a hundred and sixty connections, on a server that gives a hundred."""

# /// label
# on = ["asyncpg"]
# static = true
# result = true
# result_fixed = false
# measure = "connects"
# before = 1
# after = 1
# replace = [["pool_size=10", "pool_size=3"], ["max_overflow=10", "max_overflow=2"]]
# ///

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import declarative_base


Base = declarative_base()
workers = 8  # gunicorn reads this module
worker_class = "uvicorn.workers.UvicornWorker"


async def main(url):
    engine = create_async_engine(  #! pool-too-large
        url,
        pool_size=10,
        max_overflow=10,
    )
    async with engine.connect() as connection:
        given = int(await connection.scalar(text("show max_connections")))
    await engine.dispose()
    return workers * (engine.pool.size() + engine.pool._max_overflow) > given
