"""The password stands in alembic.ini."""

# /// label
# on = ["psycopg"]
# static = true
# run = "source"
# beside = ["no-timeout"]
# replace = [["engine_from_config(settings, prefix=\"sqlalchemy.\")", "create_engine(os.environ.get(\"DATABASE_URL\", \"postgresql+psycopg:///shop\"))"], ["import engine_from_config", "import create_engine, engine_from_config"], ["from pathlib", "import os\nfrom pathlib"]]
# ///

from configparser import ConfigParser
from pathlib import Path

from sqlalchemy import engine_from_config


def settings_of(name):
    config = ConfigParser()
    config.read(Path(__file__).parents[1] / "templates" / name)
    return dict(config["alembic"])


settings = settings_of("alembic.ini")
engine = engine_from_config(settings, prefix="sqlalchemy.")
