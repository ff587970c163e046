"""The password comes from the environment, the server has to show its certificate."""

# /// label
# on = ["psycopg"]
# static = true
# run = "source"
# looks = "credentials-in-source"
# why = "no secret in the source"
# ///

import os

from sqlalchemy import URL, create_engine


url = URL.create(
    "postgresql+psycopg",
    username="app",
    password=os.environ.get("DB_PASSWORD"),
    host="db.example.com",
    database="shop",
    query={"sslmode": "verify-full", "connect_timeout": "10"},
)
engine = create_engine(url, pool_pre_ping=True)
