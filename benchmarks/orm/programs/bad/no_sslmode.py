"""A server elsewhere, and nothing asks for TLS: libpq prefers it, and goes on without."""

# /// label
# on = ["psycopg"]
# static = true
# run = "source"
# beside = ["no-timeout"]
# replace = [["/shop\"", "/shop?sslmode=verify-full\""]]
# ///

from sqlalchemy import create_engine


engine = create_engine("postgresql+psycopg://app@db.example.com/shop")  #! no-tls
