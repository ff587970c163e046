"""Projects are found, and what is wrong with their configuration has a place and a way out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dbwright.collect.interpreter import find_interpreter
from dbwright.collect.project import Project, find_project, list_sections
from dbwright.collect.settings import read_settings
from dbwright.core.errors import ProjectError, SettingsError
from dbwright.core.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository's root, so that nothing above it counts."""
    (tmp_path / ".git").mkdir()
    return tmp_path


def put(folder: Path, name: str, text: str = "") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(path: Path, settings: Settings | None = None, **options: str) -> Project:
    return find_project(path, settings, find_python=False, **options)  # type: ignore[arg-type]


INI = "[alembic]\nscript_location = %(here)s/migrations\n"


def test_the_ini_in_the_folder_is_the_project(folder: Path) -> None:
    put(folder, "alembic.ini", INI + "sqlalchemy.url = postgresql+asyncpg://u:p%%40ss@db/shop\n")
    put(folder, "migrations/env.py")
    put(folder, "migrations/versions/a.py")
    project = found(folder)
    assert (project.root, project.kind, project.dialect) == (folder, "alembic", "postgresql")
    assert project.url == "postgresql+asyncpg://u:p%40ss@db/shop"
    assert project.version_locations == (folder / "migrations" / "versions",)
    assert project.env_path == folder / "migrations" / "env.py"


def test_a_percent_sign_that_is_not_doubled_does_no_harm(folder: Path) -> None:
    put(folder, "alembic.ini", INI + "sqlalchemy.url = postgresql://u:p%40@h/%(DB)s\n")
    put(folder, "migrations/env.py")
    assert found(folder).url == "postgresql://u:p%40@h/%(DB)s"


def test_the_ini_one_level_below_is_found_and_paths_count_from_there(folder: Path) -> None:
    put(folder, "backend/alembic.ini", "[alembic]\nscript_location = db/migrations\n")
    put(folder, "backend/db/migrations/env.py")
    assert found(folder).root == folder / "backend"


def test_a_script_location_that_counts_from_where_alembic_is_started_is_found(
    folder: Path,
) -> None:
    put(folder, "shop/db/alembic.ini", "[alembic]\nscript_location = shop/db/migrations\n")
    put(folder, "shop/db/migrations/env.py")
    project = found(folder)
    assert project.root == folder
    assert project.script_location == folder / "shop" / "db" / "migrations"


def test_the_project_above_a_file_is_found_and_the_file_is_named(folder: Path) -> None:
    put(folder, "alembic.ini", INI)
    file = put(folder, "migrations/versions/a.py")
    project = found(file)
    assert (project.root, project.named) == (folder, file)


def test_flask_migrate_has_no_script_location_and_runs_in_the_folder_above(folder: Path) -> None:
    put(folder, "migrations/alembic.ini", "[alembic]\n# file_template = x\n")
    put(folder, "migrations/env.py", "from flask import current_app\n")
    project = found(folder)
    assert (project.kind, project.root) == ("flask-migrate", folder)
    assert project.script_location == folder / "migrations"


def test_an_ini_that_names_its_own_folder_is_run_in_the_folder_above(folder: Path) -> None:
    put(folder, "shop/migrations/alembic.ini", "[alembic]\nscript_location = .\n")
    put(folder, "shop/migrations/env.py", "from flask import current_app\n")
    project = found(folder)
    assert (project.root, project.script_location) == (
        folder / "shop",
        folder / "shop" / "migrations",
    )


def test_the_pyproject_table_is_a_configuration(folder: Path) -> None:
    put(folder, "pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/alembic"\n')
    put(folder, "alembic/env.py")
    project = found(folder)
    assert project.config == folder / "pyproject.toml"
    assert project.script_location == folder / "alembic"


def test_the_ini_and_the_pyproject_table_complete_each_other(folder: Path) -> None:
    put(folder, "pyproject.toml", '[tool.alembic]\nscript_location = "alembic"\n')
    put(folder, "alembic.ini", "[alembic]\nsqlalchemy.url = sqlite:///x.db\n")
    put(folder, "alembic/env.py")
    project = found(folder)
    assert (project.dialect, project.toml) == ("sqlite", folder / "pyproject.toml")


def test_each_section_with_a_script_location_is_a_chain(folder: Path) -> None:
    text = "[shop]\nscript_location = a\n[billing]\nscript_location = b\n[loggers]\nkeys = x\n"
    ini = put(folder, "alembic.ini", text)
    put(folder, "a/env.py")
    put(folder, "b/env.py")
    assert list_sections(ini) == ("shop", "billing")
    assert found(folder).script_location == folder / "a"
    assert found(folder, section="billing").script_location == folder / "b"
    assert any("billing" in note for note in found(folder).notes)


def test_a_section_that_is_not_there_is_an_error_that_names_those_that_are(folder: Path) -> None:
    put(folder, "alembic.ini", INI)
    put(folder, "migrations/env.py")
    with pytest.raises(ProjectError, match="no section") as caught:
        found(folder, section="billing")
    assert "alembic" in (caught.value.way_out or "")


@pytest.mark.parametrize(
    ("separator", "text"),
    [
        ("path_separator = os\n", f"%(here)s/a{os.pathsep}%(here)s/b"),
        ("path_separator = space\n", "%(here)s/a %(here)s/b"),
        ("path_separator = newline\n", "\n  %(here)s/a\n  %(here)s/b"),
        ("version_path_separator = :\n", "%(here)s/a:%(here)s/b"),
        ("", "%(here)s/a, %(here)s/b"),
    ],
)
def test_version_locations_are_split_as_alembic_does(
    folder: Path, separator: str, text: str
) -> None:
    put(folder, "alembic.ini", f"{INI}{separator}version_locations = {text}\n")
    put(folder, "migrations/env.py")
    assert found(folder).version_locations == (folder / "a", folder / "b")


def test_a_package_as_script_location_is_found_in_src(folder: Path) -> None:
    put(folder, "alembic.ini", "[alembic]\nscript_location = shop.db:migrations\n")
    put(folder, "src/shop/db/migrations/env.py")
    assert found(folder).script_location == folder / "src/shop/db/migrations"


def test_an_ini_without_script_location_names_file_line_and_way_out(folder: Path) -> None:
    put(folder, "alembic.ini", "# top\n[alembic]\nsqlalchemy.url = sqlite://\n")
    with pytest.raises(ProjectError, match="no script_location") as caught:
        found(folder)
    assert (Path(caught.value.file or "").name, caught.value.line) == ("alembic.ini", 2)
    assert "script_location =" in (caught.value.way_out or "")


def test_a_script_location_that_is_not_there_names_its_line(folder: Path) -> None:
    put(folder, "alembic.ini", INI)
    with pytest.raises(ProjectError, match="no such folder") as caught:
        found(folder)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "text", ["script_location = x\n", "[alembic]\nscript_location\n", "[a]\nb=1\n[a]\n"]
)
def test_a_broken_ini_is_an_error_with_a_line(folder: Path, text: str) -> None:
    put(folder, "alembic.ini", text)
    with pytest.raises(ProjectError) as caught:
        found(folder)
    assert caught.value.line


def test_an_ini_that_is_no_text_is_an_error_with_a_line(folder: Path) -> None:
    (folder / "alembic.ini").write_bytes(b"[alembic]\n\xff\xfe=1\n")
    with pytest.raises(ProjectError, match="UTF-8") as caught:
        found(folder)
    assert caught.value.line == 2


def test_no_project_says_what_was_looked_for_and_the_way_out(folder: Path) -> None:
    put(folder, "README.md", "hello")
    with pytest.raises(ProjectError, match="nothing here") as caught:
        found(folder)
    assert "alembic.ini" in (caught.value.way_out or "")
    assert "--models" in (caught.value.way_out or "")


def test_a_path_that_is_not_there_is_an_error(folder: Path) -> None:
    with pytest.raises(ProjectError, match="no such file"):
        found(folder / "missing")


def test_several_projects_side_by_side_are_listed(folder: Path) -> None:
    put(folder, "a/alembic.ini", INI)
    put(folder, "b/alembic.ini", INI)
    with pytest.raises(ProjectError, match=r"2 Alembic projects here: a/alembic.ini, b/alembic"):
        found(folder)


def test_a_named_folder_is_reviewed_though_the_configuration_above_is_broken(
    folder: Path,
) -> None:
    put(folder, "alembic.ini", "[alembic]\nscript_location = {template}\n")
    put(folder, "alembic/versions/1.py", "revision = '1'\ndown_revision = None\n")
    project = found(folder / "alembic" / "versions")
    assert project.kind == "revisions folder"
    assert any("{template}" in note for note in project.notes)
    with pytest.raises(ProjectError, match="template"):
        found(folder)


def test_a_folder_of_models_and_a_models_file_are_projects_by_themselves(folder: Path) -> None:
    file = put(folder, "shop/models.py", "import sqlalchemy\nclass A:\n    __tablename__ = 'a'\n")
    put(folder, "shop/other.py", "x = 1\n")
    assert (found(folder).kind, found(folder).files) == ("models folder", (file,))
    assert (found(file).kind, found(file).files) == ("models file", (file,))


def test_a_folder_of_revisions_is_a_project_by_itself(folder: Path) -> None:
    file = put(folder, "r/1.py", "revision = '1'\ndown_revision = None\ndef upgrade(): pass\n")
    assert found(folder / "r").kind == "revisions folder"
    assert found(folder / "r").version_locations == (folder / "r",)
    assert found(file).kind == "revision file"


def test_an_env_without_configuration_is_a_project_all_the_same(folder: Path) -> None:
    put(folder, "shop/store/migrations/env.py", "x = 1\n")
    put(
        folder,
        "shop/store/migrations/versions/1.py",
        "revision = '1'\ndown_revision = None\ndef upgrade(): pass\n",
    )
    project = found(folder)
    script = folder / "shop/store/migrations"
    assert (project.kind, project.root, project.config) == ("alembic", folder, script)
    assert project.version_locations == (script / "versions",)
    assert any("there is no alembic.ini" in note for note in project.notes)


def test_several_environments_without_configuration_are_listed(folder: Path) -> None:
    for name in ("a", "b"):
        put(folder, f"{name}/migrations/env.py", "x = 1\n")
        put(folder, f"{name}/migrations/versions/1.py", "revision = '1'\ndown_revision = None\n")
    with pytest.raises(ProjectError, match="2 Alembic projects here: a/migrations, b/migrations"):
        found(folder)
    assert found(folder / "b").script_location == folder / "b/migrations"


def test_a_script_location_may_be_deep_inside_a_package(folder: Path) -> None:
    put(folder, "shop/db/alembic.ini", "[alembic]\nscript_location = shop:db:_migrations\n")
    put(folder, "shop/db/_migrations/env.py", "x = 1\n")
    assert found(folder).script_location == folder / "shop/db/_migrations"


def test_folders_of_revisions_below_the_one_that_is_read_are_named(folder: Path) -> None:
    put(folder, "alembic.ini", INI)
    put(folder, "migrations/env.py", "x = 1\n")
    put(folder, "migrations/versions/sqlite/1.py", "revision = '1'\ndown_revision = None\n")
    assert any("those in sqlite below it were not read" in note for note in found(folder).notes)
    (folder / "alembic.ini").write_text(INI + "recursive_version_locations = true\n")
    assert not any("were not read" in note for note in found(folder).notes)


def test_a_single_file_with_a_syntax_error_is_an_error_with_its_line(folder: Path) -> None:
    file = put(folder, "models.py", "import sqlalchemy\nclass (:\n")
    with pytest.raises(ProjectError, match="syntax error") as caught:
        found(file)
    assert caught.value.line == 2


def test_the_settings_name_the_database_before_everything_else(folder: Path) -> None:
    put(folder, "alembic.ini", INI + "sqlalchemy.url = sqlite://\n")
    put(folder, "migrations/env.py")
    project = found(folder, Settings(target="postgresql-15"))
    assert (project.dialect, str(project.target)) == ("postgresql", "postgresql-15")


@pytest.mark.parametrize(
    ("name", "text", "origin"),
    [
        ("migrations/env.py", "URL = f'postgresql+asyncpg://{user}@db'\n", "migrations/env.py:1"),
        ("shop/settings.py", "\nURL: str = 'mysql+pymysql://x'\n", "shop/settings.py:2"),
        ("shop/config.py", "dsn: PostgresDsn = None\n", "shop/config.py:1"),
        ("shop/config.py", "URL.create('mariadb+mariadbconnector')\n", "shop/config.py:1"),
        (".env.example", "A=1\nDATABASE_URL='postgres://x'\n", ".env.example:2"),
        ("pyproject.toml", "[project]\ndependencies = ['asyncpg>=0.3']\n", "asyncpg"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npsycopg2-binary = '*'\n", "psycopg2"),
        ("requirements.txt", "# x\nmysqlclient==2.0\n", "mysqlclient"),
        ("requirements/base.txt", "sqlalchemy[postgresql-psycopg]\n", "psycopg"),
        ("migrations/versions/1.py", "from sqlalchemy.dialects import mysql\n", "versions/1.py:1"),
        (
            "migrations/versions/1.py",
            "from sqlalchemy.dialects.postgresql import JSONB\n",
            "versions/1.py:1",
        ),
    ],
)
def test_the_dialect_is_learnt_from_what_the_files_say(
    folder: Path, name: str, text: str, origin: str
) -> None:
    put(folder, "alembic.ini", INI + "sqlalchemy.url = driver://user:pass@localhost/dbname\n")
    put(folder, "migrations/env.py")
    put(folder, name, text)
    project = found(folder)
    words = text.lower()
    expected = "mariadb" if "mariadb" in words else "mysql" if "mysql" in words else "postgresql"
    assert project.dialect == expected
    assert origin in project.dialect_from


def test_of_several_databases_postgresql_is_taken_with_a_note(folder: Path) -> None:
    put(folder, "alembic.ini", INI)
    put(folder, "migrations/env.py")
    put(folder, "shop/settings.py", "A = 'sqlite://'\nB = 'postgres://x'\nC = 'mysql://x'\n")
    project = found(folder)
    assert project.dialect == "postgresql"
    assert any("sqlite (shop/settings.py:1)" in note for note in project.notes)


@pytest.mark.parametrize("url", ["", "sqlalchemy.url = oracle+oracledb://x\n"])
def test_a_project_that_names_no_database_has_none_and_says_so(folder: Path, url: str) -> None:
    put(folder, "alembic.ini", INI + url)
    put(folder, "migrations/env.py")
    project = found(folder)
    assert project.dialect is None
    assert project.target is None
    assert any("[tool.dbwright] database" in note for note in project.notes)
    assert ("oracle" in project.dialect_from) is bool(url)


def test_the_module_that_env_imports_tells_the_dialect(folder: Path) -> None:
    put(folder, "alembic.ini", INI)
    put(folder, "migrations/env.py", "from shop.wiring import URL\n")
    put(folder, "shop/wiring.py", "URL = 'sqlite:///shop.db'\n")
    assert found(folder).dialect == "sqlite"


def test_no_code_of_the_project_runs(folder: Path) -> None:
    put(folder, "alembic.ini", INI)
    put(folder, "migrations/env.py", "raise SystemExit('run')\n")
    put(folder, "migrations/versions/1.py", "raise SystemExit('run')\n")
    assert found(folder).kind == "alembic"


# settings


def test_settings_are_found_above_and_overrides_win(folder: Path) -> None:
    put(folder, "pyproject.toml", '[tool.dbwright]\ntarget = "postgresql-15"\ntimeout = 5\n')
    (folder / "src").mkdir()
    settings = read_settings(folder / "src", timeout=9, target=None)
    assert (settings.target, settings.timeout) == ("postgresql-15", 9)


def test_settings_above_the_repository_do_not_count(folder: Path) -> None:
    put(folder, "pyproject.toml", '[tool.dbwright]\ntarget = "sqlite"\n')
    (folder / "inner" / ".git").mkdir(parents=True)
    assert read_settings(folder / "inner").target is None


def test_broken_toml_names_file_and_line(folder: Path) -> None:
    put(folder, "pyproject.toml", "[tool]\nx = 1\ny = = 2\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(folder)
    assert (Path(caught.value.file or "").name, caught.value.line) == ("pyproject.toml", 3)


def test_toml_that_is_no_text_names_file_and_line(folder: Path) -> None:
    (folder / "pyproject.toml").write_bytes(b"x = 1\ny = '\xff'\n")
    with pytest.raises(SettingsError, match="UTF-8") as caught:
        read_settings(folder)
    assert caught.value.line == 2


@pytest.mark.parametrize("text", ["[tool]\ndbwright = 3\n", "tool = 3\n", ""])
def test_odd_toml_is_an_error_or_no_settings(folder: Path, text: str) -> None:
    put(folder, "pyproject.toml", text)
    if "dbwright" in text:
        with pytest.raises(SettingsError, match="must be a table"):
            read_settings(folder)
    else:
        assert read_settings(folder) == Settings()


# interpreter


def fake_python(folder: Path, name: str, text: str) -> Path:
    path = put(folder, f"{name}/bin/python", f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_interpreters_come_in_their_order(folder: Path) -> None:
    works = "echo 2.0.1"
    given, active = fake_python(folder, "g", works), fake_python(folder, "a", works)
    own = fake_python(folder, ".venv", works)
    environment = {"VIRTUAL_ENV": str(folder / "a")}
    assert find_interpreter(folder, given=str(given), environment=environment).path == given
    assert find_interpreter(folder, environment=environment).path == active
    assert find_interpreter(folder, environment={}).path == own
    assert find_interpreter(folder, setting="g", environment={}).path == given


def test_an_interpreter_without_sqlalchemy_is_passed_over_with_a_note(folder: Path) -> None:
    broken = fake_python(folder, ".venv", "echo 'No module named sqlalchemy' >&2; exit 1")
    chosen = find_interpreter(folder, environment={})
    assert chosen.path == Path(sys.executable)
    assert any(str(broken) in note and "No module" in note for note in chosen.notes)


def test_an_interpreter_that_was_asked_for_is_not_passed_over(folder: Path) -> None:
    with pytest.raises(ProjectError, match="does not serve: it is not there"):
        find_interpreter(folder, given=str(folder / "nowhere"), environment={})


def test_a_file_called_sqlalchemy_in_the_project_is_not_taken_for_the_package(
    folder: Path,
) -> None:
    put(folder, "sqlalchemy.py", "__version__ = 'fake'\n")
    assert find_interpreter(folder, environment={}).sqlalchemy != "fake"
