"""Writes the project of a case: models, env.py, alembic.ini and revisions, as teams have them."""

from __future__ import annotations

from pathlib import Path

from casefile import HERE, Case

INI = """[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
sqlalchemy.url = {url}
"""
ENV = """from alembic import context
from sqlalchemy import engine_from_config, {imports}pool

from app.models import Base

config = context.config
target_metadata = Base.metadata


def run_migrations_offline() -> None:
    context.configure(
        url=config.get_main_option("sqlalchemy.url"),
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={{"paramstyle": "named"}},{options}
    )
    with context.begin_transaction():{offline}
        context.run_migrations()


def run_migrations_online() -> None:
    connectable = engine_from_config(
        config.get_section(config.config_ini_section, {{}}),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
{listeners}
    with connectable.connect() as connection:{online}
        context.configure(
            connection=connection,
            target_metadata=target_metadata,{options}
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"""
FOREIGN_KEYS = """
    @event.listens_for(connectable, "connect")
    def set_sqlite_pragma(dbapi_connection, connection_record):
        dbapi_connection.execute("PRAGMA foreign_keys=ON")
"""
URLS = {
    "postgresql": "postgresql+psycopg://shop:secret@db.invalid/shop",
    "sqlite": "sqlite:///shop.db",
    "mariadb": "mariadb+pymysql://shop:secret@db.invalid/shop",
}


def env_py(case: Case) -> str:
    """The text of env.py: transaction mode, lock timeout and SQLite's foreign keys as asked."""
    options, online, offline = "", "", ""
    if case.env.get("transaction_per_migration"):
        options += "\n            transaction_per_migration=True,"
    if case.on == "sqlite":
        options += "\n            render_as_batch=True,"
    if timeout := case.env.get("lock_timeout"):
        online = (
            f"\n        connection.exec_driver_sql(\"SET lock_timeout = '{timeout}'\")"
            "\n        connection.commit()"
        )
        offline = f"\n        context.execute(\"SET lock_timeout = '{timeout}'\")"
    keys = bool(case.env.get("foreign_keys"))
    return ENV.format(
        options=options,
        online=online,
        offline=offline,
        listeners=FOREIGN_KEYS if keys else "",
        imports="event, " if keys else "",
    )


def models_py(case: Case) -> str:
    """The models that the running code has."""
    text = (HERE / "base" / "models.py").read_text(encoding="utf-8")
    if "Enum(" in case.models:
        text = text.replace("DateTime, ForeignKey", "DateTime, Enum, ForeignKey", 1)
    return text.rstrip("\n") + "\n" + case.models.rstrip("\n") + ("\n" if case.models else "")


def write(case: Case, folder: Path, url: str | None = None) -> Path:
    """Writes the whole project into `folder` and gives the folder back."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "app").mkdir()
    (folder / "app" / "__init__.py").write_text("")
    (folder / "app" / "models.py").write_text(models_py(case))
    (folder / "alembic.ini").write_text(INI.format(url=(url or URLS[case.on]).replace("%", "%%")))
    (folder / "migrations" / "env.py").write_text(env_py(case))
    base = (HERE / "base" / "revision.py").read_text(encoding="utf-8")
    (versions / "0001_shop.py").write_text(base)
    for name, text in case.files().items():
        (versions / name).write_text(text)
    return folder


def reviewed(case: Case) -> list[str]:
    """The names of the files under review, without what production has."""
    names = list(case.files())
    return names[1:] if case.before else names
