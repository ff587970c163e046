"""The projects of the set, each written to a folder with the revision that makes its tables."""

from __future__ import annotations

import shutil
from pathlib import Path

from dbwright.api import Options, apply_edits, autogenerate

HERE = Path(__file__).parent
SHOP = HERE.parents[1] / "examples" / "shop"
WITHOUT_ALEMBIC = {"plain": "app.models:Base"}
METADATA = {"fastapi_shop": "from models import SQLModel as Base"}
URLS = {
    "postgresql": "postgresql+psycopg://app:secret@db.example.invalid/app",
    "sqlite": "sqlite:///app.db",
    "mariadb": "mariadb+pymysql://app:secret@db.example.invalid/app",
}
INI = """[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
sqlalchemy.url = {url}
"""
ENV = """from alembic import context
from sqlalchemy import engine_from_config, pool
{imported}

config = context.config
engine = engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""


def prepared(name: str, folder: Path, database: str = "postgresql", server: str = "") -> Path:
    """Writes a project into a folder that is not there yet, with its first revision."""
    shutil.copytree(SHOP if name == "shop" else HERE / "projects" / name, folder)
    if name == "shop" or name in WITHOUT_ALEMBIC:
        return folder
    (folder / "alembic.ini").write_text(INI.replace("{url}", URLS[database]))
    (folder / "migrations" / "versions").mkdir(parents=True)
    imported = METADATA.get(name, "from models import Base")
    (folder / "migrations" / "env.py").write_text(ENV.format(imported=imported))
    first = autogenerate(folder, "tables", options=options("", database, server))
    apply_edits(folder, first.edits)
    return folder


def options(name: str, database: str = "postgresql", server: str = "") -> Options:
    """Gives the options that the project is read with."""
    models = WITHOUT_ALEMBIC.get(name)
    if database == "postgresql":
        return Options(target="postgresql-18", models=models)
    return Options(target=database, models=models, sandbox_url=server or None)
