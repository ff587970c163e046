"""The password stands in the URL."""

# /// label
# on = ["psycopg"]
# static = true
# run = "source"
# beside = ["no-timeout"]
# replace = [["app:s3cret-Pa55@", "app@"]]
# ///

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker


engine = create_engine(
    "postgresql+psycopg://app:s3cret-Pa55@db.example.com/shop?sslmode=verify-full"  #! credentials-in-source
)
Orders = sessionmaker(engine)
