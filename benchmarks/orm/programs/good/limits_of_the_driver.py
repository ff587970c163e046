"""Servers elsewhere, each with the limits that its driver knows."""

# /// label
# on = ["psycopg"]
# static = true
# run = "source"
# looks = "no-timeout"
# why = "libpq, asyncpg and PyMySQL are each told how long to wait"
# ///

from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine


orders = create_engine(
    "postgresql+psycopg://app@db.example.com/shop?sslmode=verify-full&connect_timeout=10",
    connect_args={"keepalives_idle": 60, "tcp_user_timeout": 30_000},
)
events = create_async_engine(
    "postgresql+asyncpg://app@events.example.com/shop?ssl=verify-full",
    connect_args={"command_timeout": 30},
)
stock = create_engine(
    "mysql+pymysql://app@stock.example.com/shop",
    connect_args={"ssl": {"ca": "/etc/ssl/certs/ca-certificates.crt"}, "read_timeout": 30},
    pool_pre_ping=True,
)
