"""A server elsewhere that goes silent is waited for without end: asyncpg has no limit by itself."""

# /// label
# on = ["asyncpg"]
# static = true
# run = "source"
# replace = [["verify-full\")", "verify-full\", connect_args={\"command_timeout\": 30})"]]
# ///

from sqlalchemy.ext.asyncio import create_async_engine


engine = create_async_engine("postgresql+asyncpg://app@db.example.com/shop?ssl=verify-full")  #! no-timeout
