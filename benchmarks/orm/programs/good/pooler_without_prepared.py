"""Behind a pooler of transactions, with what it needs."""

# /// label
# on = ["asyncpg"]
# static = true
# run = "source"
# looks = "prepared-behind-pooler"
# why = "no statement is prepared by name"
# ///

import os

from sqlalchemy.ext.asyncio import create_async_engine


engine = create_async_engine(
    f"postgresql+asyncpg://app:{os.environ.get('DB_PASSWORD', '')}@pgbouncer:6432/shop?ssl=verify-full",
    connect_args={"statement_cache_size": 0, "prepared_statement_cache_size": 0},
)
