"""A server on this machine, through a socket."""

# /// label
# on = ["psycopg"]
# static = true
# run = "source"
# looks = "no-tls"
# why = "nothing leaves the machine"
# ///

from sqlalchemy import create_engine


engine = create_engine("postgresql+psycopg:///shop?host=/var/run/postgresql")
tests = create_engine("postgresql+psycopg://app@localhost/shop_test")
