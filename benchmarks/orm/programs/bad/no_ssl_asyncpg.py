"""The same with asyncpg, in a settings function."""

# /// label
# on = ["asyncpg"]
# static = true
# run = "source"
# beside = ["no-timeout"]
# replace = [["/shop\"", "/shop?ssl=verify-full\""]]
# ///

import os

from sqlalchemy.ext.asyncio import create_async_engine


def database_url() -> str:
    return f"postgresql+asyncpg://app:{os.environ.get('DB_PASSWORD', '')}@10.20.0.7/shop"


engine = create_async_engine(database_url())  #! no-tls
