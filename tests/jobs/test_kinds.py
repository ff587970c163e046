"""Projects of every kind: sections, branches, frameworks, other databases, loose files."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from .projects import CREATE, ENV, FAULT_OF_MODELS, FAULT_OF_REVISION, INI, MODELS, URL, Project
from .projects import revision as made

pytestmark = pytest.mark.database
BOTH = {FAULT_OF_MODELS, FAULT_OF_REVISION}
DROP = 'op.drop_table("authors")'
OTHER = 'op.create_table("others", sa.Column("id", sa.BigInteger(), primary_key=True))'
NO_OTHER = 'op.drop_table("others")'


def sound(project: Project, *arguments: str, revisions: int = 2) -> None:
    """Asserts that all was run and both faults found, each proved."""
    answer = project.check(*arguments)
    assert answer.report["unverified"] == []
    assert answer.summary["revisions_run"] == revisions
    for rule in BOTH:
        assert answer.found(rule)["proof"]["level"] == "verified"


def test_sections_are_told_apart(project: Project):
    project.standard(ini=INI + INI.replace("[alembic]", "[other]").replace("/migrations", "/other"))
    project.write({"other/env.py": ENV, "other/versions/o1.py": made("o1", None, CREATE, DROP)})
    sound(project)
    answer = project.check("--section", "other")
    assert answer.summary["revisions"] == 1
    assert FAULT_OF_REVISION not in answer.rules


def test_unknown_section_names_those_there_are(project: Project):
    project.standard().check("--section", "othr").error("alembic.ini", "othr", "alembic")


def test_two_bases_and_branches_run_both(project: Project):
    project.standard().revisions(o1=made("o1", None, OTHER, NO_OTHER))
    project.revisions(m1=made("m1", ("b2", "o1")))
    sound(project, revisions=4)


def test_a_downgrade_leaves_the_sibling_that_has_run_alone(project: Project):
    note = 'op.add_column("authors", sa.Column("note", sa.Text()))'
    no_note = 'op.drop_column("authors", "note")'
    project.standard().revisions(
        b1=made("b1", "a1", note, no_note), z1=made("z1", "a1", OTHER, NO_OTHER)
    )
    project.revisions(m1=made("m1", ("b2", "b1", "z1")))
    answer = project.check("--all")
    assert answer.summary["revisions_run"] == 5
    assert "lossy-downgrade" not in answer.rules
    assert not [rule for rule in answer.rules if "downgrade" in rule and "empty" not in rule]


def test_configuration_in_pyproject_is_read(project: Project):
    project.standard(ini=None)
    project.write(
        {
            "pyproject.toml": '[tool.alembic]\nscript_location = "%(here)s/migrations"\n'
            'prepend_sys_path = ["."]\n',
            "migrations/env.py": ENV.replace(
                'engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)',
                f'engine_from_config({{"sqlalchemy.url": "{URL}"}}, poolclass=pool.NullPool)',
            ),
        }
    )
    sound(project)


ASYNC = """
import asyncio
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config
from models import Base

target_metadata = Base.metadata


def run(connection):
    context.configure(connection=connection, target_metadata=target_metadata)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    section = context.config.get_section("alembic")
    engine = async_engine_from_config(section, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
"""


def test_async_env_runs(project: Project):
    sound(project.standard(env=ASYNC, ini=INI.replace("psycopg", "asyncpg")))


@pytest.mark.parametrize("kept", ["engine.connect()", "None"])
def test_engine_of_the_application_is_used_for_every_run(project: Project, kept: str):
    database = f"""
    from sqlalchemy import create_engine
    engine = create_engine("{URL}")
    kept = {kept}
    """
    env = """
    from contextlib import nullcontext
    from alembic import context
    from database import engine, kept
    from models import Base

    with nullcontext(kept) if kept else engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    """
    sound(project.standard(env=env).write({"database.py": database}))


def test_list_of_metadata_is_read_whole(project: Project):
    two = "from others import Base as Others\n" + ENV.replace(
        "target_metadata=Base.metadata", "target_metadata=[Base.metadata, Others.metadata]"
    )
    others = MODELS.replace("Author", "Other").replace("authors", "others")
    project.standard(env=two).write({"others.py": others})
    answer = project.check()
    assert answer.summary["models"] == 2
    assert {"authors.price", "others.price"} <= {
        item["location"]["object"] for item in answer.report["recommendations"]
    }


def test_sqlmodel_is_read(project: Project):
    pytest.importorskip("sqlmodel")
    models = """
    from sqlmodel import Field, SQLModel


    class Author(SQLModel, table=True):
        __tablename__ = "authors"
        id: int | None = Field(default=None, primary_key=True)
        name: str
        price: float


    Base = SQLModel
    """
    answer = project.standard(models=models).check()
    assert answer.rules >= BOTH
    assert answer.summary["models"] == 1


def test_flask_migrate_runs_in_its_application(project: Project):
    pytest.importorskip("flask_migrate")
    env = """
    from alembic import context
    from flask import current_app

    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=database.metadata)
        with context.begin_transaction():
            context.run_migrations()
    """
    app = f"""
    from flask import Flask
    from flask_migrate import Migrate
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy import BigInteger, Float, Text

    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "{URL}"
    db = SQLAlchemy(app)
    Migrate(app, db)


    class Author(db.Model):
        __tablename__ = "authors"
        id = db.Column(BigInteger, primary_key=True)
        name = db.Column(Text, nullable=False)
        price = db.Column(Float, nullable=False)
    """
    project.standard(ini=None, models=None, env=env)
    project.write({"app.py": app, "migrations/alembic.ini": "[alembic]\n"})
    sound(project)


def test_single_file_of_models_is_reviewed(project: Project):
    project.write({"models.py": MODELS, "other.py": "1/0\n"})
    answer = project.check("models.py", "--target", "postgresql")
    assert answer.found(FAULT_OF_MODELS)["proof"]["level"] == "verified"
    assert answer.summary["revisions"] == 0
    assert answer.report["unverified"] == []


def test_models_that_a_spec_names_are_reviewed(project: Project):
    project.write({"shop/__init__.py": "", "shop/tables.py": MODELS})
    answer = project.check("--models", "shop.tables:Base", "--target", "postgresql")
    assert answer.found(FAULT_OF_MODELS)["proof"]["level"] == "verified"


def test_single_revision_file_is_reviewed_from_source(project: Project):
    build = 'op.create_index("ix_authors_name", "authors", ["name"])'
    project.write({"b2.py": made("b2", "a1", build, "pass")})
    answer = project.check("b2.py", "--target", "postgresql")
    assert answer.found(FAULT_OF_REVISION)["proof"]["level"] == "reasoned"
    answer.missed("the revisions", "no alembic.ini")


def test_folder_of_revisions_is_reviewed_from_source(project: Project):
    build = 'op.create_index("ix_authors_name", "authors", ["name"])'
    project.write({"v/a1.py": made("a1", None, CREATE, DROP), "v/b2.py": made("b2", "a1", build)})
    answer = project.check("v", "--target", "postgresql")
    assert FAULT_OF_REVISION in answer.rules
    assert answer.summary["revisions"] == 2


def test_a_chain_that_code_configures_is_run(project: Project):
    project.standard(ini=None)
    sound(project, "--target", "postgresql")


def test_a_package_of_the_project_is_taken_before_an_installed_one(project: Project):
    ini = INI.replace("script_location = %(here)s/migrations", "script_location = email:migrations")
    project.standard(ini=ini)
    (project.root / "email").mkdir()
    (project.root / "migrations").rename(project.root / "email/migrations")
    sound(project)


def test_models_of_an_installed_copy_are_told(project: Project, tmp_path_factory):
    installed = tmp_path_factory.mktemp("copy") / "site-packages"
    (installed / "shop").mkdir(parents=True)
    (installed / "shop/__init__.py").write_text(MODELS)
    env = f"import sys\nsys.path.insert(0, {str(installed)!r})\n" + dedent(ENV).replace(
        "models", "shop"
    )
    project.standard(env=env, models=None)
    project.write({"shop/__init__.py": MODELS})
    answer = project.check()
    assert FAULT_OF_MODELS in answer.rules
    edits = [e for item in answer.report["recommendations"] for e in item["fix"]["edits"]]
    assert not [edit["path"] for edit in edits if "site-packages" in edit["path"]]
    notes = answer.summary["notes"]
    assert any(f"imported from {installed / 'shop'}, not from this folder" in n for n in notes)


def test_revision_that_is_named_is_reported_alone(project: Project):
    answer = project.standard().check("migrations/versions/b2.py")
    assert FAULT_OF_REVISION in answer.rules
    assert {item["location"]["revision"] for item in answer.report["recommendations"]} == {"b2"}
    assert "b2.py" in answer.summary["scope"]


def test_sqlite_project_is_reviewed_on_sqlite(project: Project):
    project.standard(ini=INI.replace(URL, "sqlite:///shop.db"))
    c3 = 'op.add_column("authors", sa.Column("born", sa.Date(), nullable=False))'
    project.revisions(c3=made("c3", "b2", c3, 'op.drop_column("authors", "born")'))
    answer = project.check()
    assert answer.summary["dialect"].startswith("sqlite")
    assert answer.summary["server"].startswith("SQLite 3.")
    assert answer.found("not-null-without-default")["proof"]["level"] == "verified"
    assert FAULT_OF_REVISION not in answer.rules
    assert not (project.root / "shop.db").exists()


def test_mysql_project_is_reviewed_from_source_and_says_so(project: Project):
    answer = project.standard(ini=INI.replace(URL, "mysql+pymysql://app@db/app")).check()
    assert answer.summary["dialect"].startswith("mysql")
    assert answer.summary["server"] is None
    answer.missed("every claim about the database", "mysql")
    assert FAULT_OF_REVISION not in answer.rules
    assert all(
        item["proof"]["level"] == "reasoned" or "SQLAlchemy" in item["proof"]["scope"]
        for item in answer.report["recommendations"]
    )
    assert "PostgreSQL" not in answer.stdout


def test_project_that_names_no_database_is_told_what_was_assumed(project: Project):
    env = ENV.replace("engine_from_config", "engine_from_config").replace("psycopg", "x")
    answer = project.standard(ini=INI.replace(f"sqlalchemy.url = {URL}", ""), env=env).check()
    assert any("Nothing here names the database" in note for note in answer.summary["notes"])


def test_a_spec_means_the_projects_own_package_not_an_installed_copy(
    project: Project, tmp_path: Path
):
    installed = tmp_path / "installed"
    (installed / "thing").mkdir(parents=True)
    (installed / "thing" / "__init__.py").write_text("")
    (installed / "thing" / "models.py").write_text("from sqlalchemy.orm import DeclarativeBase\n")
    project.write({"thing/__init__.py": "", "thing/models.py": MODELS})
    path = f"{project.environment['PYTHONPATH']}:{installed}"
    answer = project.check("--models", "thing.models:Base", "--no-sandbox", PYTHONPATH=path)
    assert "float-money" in answer.rules


def test_a_mixin_in_a_module_of_its_own_is_read(project: Project):
    mixin = """
    import datetime
    from sqlalchemy import DateTime
    from sqlalchemy.orm import Mapped, mapped_column

    class Stamped:
        made_at: Mapped[datetime.datetime] = mapped_column(
            DateTime(timezone=True), default=datetime.datetime.now(datetime.UTC)
        )
    """
    models = MODELS.replace("class Author(Base):", "class Author(Stamped, Base):")
    project.standard(models="from mixins import Stamped\n" + dedent(models))
    found = project.write({"mixins.py": mixin}).check().found("evaluated-default")
    assert (found["location"]["file"], found["proof"]["level"]) == ("mixins.py", "verified")
    assert found["fix"]["edits"][0]["path"] == "mixins.py"


@pytest.mark.parametrize(("database", "severity"), [("Text", "info"), ("String(20)", "error")])
def test_a_database_that_is_wider_than_its_models_is_a_remark(
    project: Project, database: str, severity: str
):
    models = dedent(MODELS).replace("mapped_column(Text", "mapped_column(String(40)")
    models = models.replace("import BigInteger, Float, Text", "import BigInteger, Float, String")
    create = CREATE.replace("sa.Text()", f"sa.{database}")
    project.standard(models=models).revisions(a1=made("a1", None, create, DROP))
    found = project.check().found("differs-from-models")
    assert (found["location"]["object"], found["severity"]) == ("authors.name", severity)


def test_each_refused_delete_names_the_key_that_it_is_about(project: Project):
    project.write(
        {
            "app.py": """
from sqlalchemy import ForeignKey, delete
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
class Base(DeclarativeBase):
    pass
class Run(Base):
    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[list["Tag"]] = relationship(cascade="all")
    notes: Mapped[list["Note"]] = relationship(cascade="all")
class Tag(Base):
    __tablename__ = "tags"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
class Note(Base):
    __tablename__ = "notes"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
def forget(session: Session) -> None:
    session.execute(delete(Run))
"""
        }
    )
    found = project.check("app.py").report["recommendations"]
    proofs = {
        item["location"]["object"]: item["proof"]["witness"]
        for item in found
        if item["rule"] == "cascade-without-on-delete"
    }
    assert 'on table "tags"' in proofs["Run.tags"]
    assert 'on table "notes"' in proofs["Run.notes"]
