"""psycopg prepares what it has run five times."""

# /// label
# on = ["psycopg"]
# static = true
# run = "source"
# beside = ["no-timeout"]
# replace = [["pool_size=5", "connect_args={\"prepare_threshold\": None}"]]
# ///

from sqlalchemy import create_engine


ADDRESS = "postgresql+psycopg://app@pooler.example.com:6543/shop?sslmode=verify-full"
engine = create_engine(ADDRESS, pool_size=5)  #! prepared-behind-pooler
