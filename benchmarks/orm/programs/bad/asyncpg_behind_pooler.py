"""asyncpg prepares each statement; a pooler of transactions gives the next one another server."""

# /// label
# on = ["asyncpg"]
# static = true
# run = "source"
# replace = [["pool_size=5", "connect_args={\"statement_cache_size\": 0, \"prepared_statement_cache_size\": 0}"]]
# ///

import os

from sqlalchemy.ext.asyncio import create_async_engine


engine = create_async_engine(  #! prepared-behind-pooler
    f"postgresql+asyncpg://app:{os.environ.get('DB_PASSWORD', '')}@pgbouncer:6432/shop?ssl=verify-full",
    pool_size=5,
)
