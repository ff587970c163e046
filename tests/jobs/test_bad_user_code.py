"""User code that breaks: one clear word with file, line and way out, and the rest is reviewed."""

from __future__ import annotations

import pytest

from .projects import ENV, FAULT_OF_MODELS, FAULT_OF_REVISION, MODELS, Project, revision

pytestmark = pytest.mark.database
BOTH = {FAULT_OF_MODELS, FAULT_OF_REVISION}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(
            'raise RuntimeError("the vault is closed")',
            ["RuntimeError: the vault is closed", "--models package.module:Base"],
            id="raises",
        ),
        pytest.param(
            'import os; os.environ["SHOP_DSN"]',
            ["needs the variable SHOP_DSN", "SHOP_DSN=unused:// dbwright check"],
            id="needs a variable",
        ),
        pytest.param(
            "import not_installed_here",
            ["needs the module not_installed_here", "--python"],
            id="needs a package",
        ),
        pytest.param("import sys; sys.exit(3)", ["sys.exit(3)", "raise"], id="calls sys.exit"),
        pytest.param("import os; os._exit(3)", ["exit status 3", "os._exit"], id="calls os._exit"),
        pytest.param(
            "import time; time.sleep(600)", ["no answer within 3 s", "--timeout"], id="hangs"
        ),
    ],
)
def test_env_that_breaks_is_told_once_and_replaced(project: Project, line: str, words: list[str]):
    project.standard(env=f"import sys\n{line}\n{ENV}")
    answer = project.check("--timeout", "3" if "sleep" in line else "60")
    entry = answer.missed("env.py (migrations/env.py:2)", *words)
    assert len(answer.report["unverified"]) == 1
    assert "the revisions ran under an environment of ours" in entry["why"]
    assert answer.rules >= BOTH
    assert answer.summary["revisions_run"] == 2
    assert answer.status == 1


def test_text_names_place_and_way_out(project: Project):
    project.standard(env=f'import os\nos.environ["SHOP_DSN"]\n{ENV}')
    text = " ".join(project.run("check", "--full").stdout.split())
    assert "migrations/env.py:2" in text
    assert "needs the variable SHOP_DSN" in text
    assert "SHOP_DSN=unused:// dbwright check" in text


@pytest.mark.parametrize(
    "noise",
    [
        'import os, sys\nprint("{" * 3)\nsys.stderr.write("noise")\nos.write(1, b"raw")\n',
        "import os\nchild = os.fork()\n",
    ],
    ids=["prints", "forks"],
)
def test_noise_of_env_disturbs_nothing(project: Project, noise: str):
    answer = project.standard(env=noise + ENV).check()
    assert answer.rules >= BOTH
    assert answer.report["unverified"] == []
    assert "raw" not in answer.stdout + answer.stderr


def test_models_that_fail_to_configure_are_a_finding_and_the_rest_is_reviewed(project: Project):
    wrong = "    books: Mapped[list['Book']] = relationship()\n"
    imported = MODELS.replace("import DeclarativeBase", "import relationship, DeclarativeBase")
    answer = project.standard(models=imported + wrong).check()
    found = answer.found("mapper-problem")
    line = imported.lstrip().count("\n") + 1
    assert (found["location"]["file"], found["location"]["line"]) == ("models.py", line)
    assert found["proof"]["level"] == "verified"
    assert answer.rules >= BOTH


def test_circular_import_is_named_and_revisions_are_reviewed(project: Project):
    project.standard(models=f"from other import thing\n{MODELS}")
    answer = project.write({"other.py": "from models import Base\nthing = 1\n"}).check()
    answer.missed("other.py:1", "circular import", "Move one of the two imports")
    assert len(answer.report["unverified"]) == 1
    assert FAULT_OF_REVISION in answer.rules


def test_syntax_error_in_models_is_named_and_revisions_are_reviewed(project: Project):
    answer = project.standard(models="x = 1\nclass Base(:\n").check()
    answer.missed("models.py:2", "does not parse")
    assert FAULT_OF_REVISION in answer.rules


ELSEWHERE = {
    "sqlalchemy": 'engine = sa.create_engine("postgresql+psycopg://a:hush@10.0.0.9/prod")\n'
    'with engine.connect() as other:\n    other.execute(sa.text("select 1"))',
    "driver": 'import psycopg\npsycopg.connect("host=10.0.0.9 dbname=prod password=hush")',
}


@pytest.mark.parametrize("way", ELSEWHERE)
def test_revision_that_connects_elsewhere_is_refused_and_named(project: Project, way: str):
    c3 = revision("c3", "b2", ELSEWHERE[way])
    answer = project.standard().revisions(c3=c3).check()
    line = c3[: c3.index("other.execute") if way == "sqlalchemy" else c3.index("psycopg.c")]
    place = f"migrations/versions/c3.py:{line.count(chr(10)) + (way == 'driver')}"
    entry = answer.missed("1 of 3 revisions", place, "refuses a connection", "10.0.0.9")
    assert "op.get_bind()" in entry["way_out"]
    assert "hush" not in answer.stdout
    assert answer.rules >= BOTH
    assert all(item["location"]["revision"] != "c3" or item["rule"] != "unexplained-danger"
               for item in answer.report["recommendations"])  # fmt: skip


def test_refusal_that_a_revision_swallows_is_named(project: Project):
    body = f"try:\n    {ELSEWHERE['driver'].replace(chr(10), '; ')}\nexcept Exception:\n    pass"
    answer = project.standard().revisions(c3=revision("c3", "b2", body)).check()
    assert answer.summary["revisions_run"] == 3
    (note,) = [n for n in answer.summary["notes"] if "refused" in n]
    assert "migrations/versions/c3.py:11" in note
    assert "10.0.0.9" in note


def test_revision_on_the_projects_own_url_is_not_elsewhere(project: Project):
    body = (
        "from alembic import context\n"
        'engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url"))\n'
        'with engine.connect() as other:\n    other.execute(sa.text("select 1"))'
    )
    answer = project.standard().revisions(c3=revision("c3", "b2", body)).check()
    assert answer.summary["revisions_run"] == 3
    assert answer.report["unverified"] == []


def test_revision_that_hangs_is_named_and_the_others_are_reviewed(project: Project):
    c3 = revision("c3", "b2", "import time\ntime.sleep(600)")
    answer = project.standard().revisions(c3=c3).check("--timeout", "3")
    answer.missed("1 of 3 revisions", "c3 stops the chain", "c3.py:11", "no answer within 3 s")
    assert answer.rules >= BOTH


def test_missing_table_of_a_chain_that_starts_elsewhere_is_told_how_to_be_based(project: Project):
    project.standard().revisions(a1=revision("a1", None, "pass"))
    answer = project.check()
    entry = answer.missed("the chain does not start from nothing", "authors")
    assert "pg_dump --schema-only" in entry["way_out"]
    assert '[tool.dbwright] base = "base.sql"' in entry["way_out"]
    assert FAULT_OF_MODELS in answer.rules


def test_chain_runs_on_the_base_that_the_settings_name(project: Project):
    project.standard().revisions(a1=revision("a1", None, "pass"))
    project.write(
        {
            "pyproject.toml": '[tool.dbwright]\nbase = "base.sql"\n',
            "base.sql": "create table authors (id bigint primary key, name text not null, "
            "price float not null);\n-- a comment; with a semicolon\n",
        }
    )
    answer = project.check()
    assert answer.summary["revisions_run"] == 2
    assert answer.report["unverified"] == []
    assert answer.found(FAULT_OF_REVISION)["proof"]["level"] == "verified"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (None, ["base.sql", "cannot read"]),
        ("create tabel x", ["base.sql", "syntax error"]),
        ("select 1;\n" * 3 + "insert into none values (1);", ["base.sql", "none"]),
    ],
    ids=["missing", "syntax", "refused"],
)
def test_base_that_cannot_be_used_is_one_error(project: Project, sql: str | None, words: list[str]):
    project.standard().write({"pyproject.toml": '[tool.dbwright]\nbase = "base.sql"\n'})
    if sql is not None:
        project.write({"base.sql": sql})
    project.check().error(*words)
