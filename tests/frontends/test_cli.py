"""The command line: statuses, streams, errors with their nearest name, help without weight."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from dbwright.frontends.cli import cli, wanted_format
from dbwright.frontends.cli.output import Progress
from dbwright.render.report_schema import report_schema

from .conftest import CLEAN, MODELS, Run, dbwright

ROOT = Path(__file__).parents[2]


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


def valid(text: str) -> dict[str, object]:
    data = json.loads(text)
    Draft202012Validator(report_schema()).validate(data)
    return data  # type: ignore[no-any-return]


# statuses


def test_findings_are_status_1(run: Run, models: Path) -> None:
    done = run("check", "models.py")
    assert done.returncode == 1
    assert "✖ shelves.labels: all objects share one dict" in done.stdout


def test_clean_is_status_0_and_calm(run: Run, models: Path) -> None:
    models.write_text(CLEAN)
    done = run("check", "models.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "✓ 1 model: nothing to mend"


def test_nothing_to_read_is_status_2(run: Run) -> None:
    done = run("check")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "there is nothing here that dbwright can review" in done.stderr


def test_unverified_without_findings_is_status_3(run: Run, models: Path) -> None:
    models.write_text(CLEAN.replace("class Shelf", "# dbwright: allow deep-offset\nclass Shelf"))
    done = run("check", "models.py", "--no-sandbox")
    assert done.returncode == 3, done.stdout
    assert "Not verified: the waiver of deep-offset at models.py:9: it gives no reason" in (
        " ".join(done.stdout.split())
    )


# machines


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--no-sandbox", "models.py"),
        ("check", "nowhere"),
        ("check", "--selct", "a"),
        ("check", "--select", "no-such-rule", "models.py"),
        ("chekc",),
        ("check", "--target", "oracle", "models.py"),
        ("queries", "review", "select 1", "--no-such-option"),
        ("ask", "tell me a joke"),
        ("check", "models.py", "-o", "json:nowhere/report.json", "--no-sandbox"),
    ],
    ids=" ".join,
)
def test_json_is_one_valid_report_whatever_happens(
    arguments: tuple[str, ...], run: Run, models: Path
) -> None:
    done = run(*arguments, "--format", "json")
    report = valid(done.stdout)
    assert report["summary"]["exit_status"] == done.returncode  # type: ignore[index]
    assert bool(report["errors"]) == (done.returncode == 2)


def test_fault_of_ours_is_a_report_too(tmp_path: Path) -> None:
    code = (
        "import sys, dbwright.api as api\n"
        "def broken(*_): raise ZeroDivisionError('oh')\n"
        "api.check = broken\n"
        "sys.argv = ['dbwright', 'check', '--format', 'json']\n"
        "from dbwright.frontends.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "this is a fault of dbwright: ZeroDivisionError: oh" in str(valid(done.stdout)["errors"])


def test_format_is_known_before_the_line_is_parsed() -> None:
    assert wanted_format(["check", "--nope", "--format=sarif"]) == "sarif"
    assert wanted_format(["check", "--format", "json", "--nope"]) == "json"
    assert wanted_format(["check", "--format", "xml"]) == "text"


def test_outputs_are_repeatable_and_hold_everything(run: Run, models: Path, tmp_path: Path) -> None:
    outputs = [f"{name}:out.{name}" for name in ("json", "sarif", "markdown", "github", "text")]
    arguments = [part for output in outputs for part in ("-o", output)]
    done = run("check", "models.py", "--no-sandbox", *arguments)
    assert done.returncode == 1
    valid((tmp_path / "out.json").read_text())
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"
    assert "**Backup:**" in (tmp_path / "out.markdown").read_text()
    assert "Backup" in (tmp_path / "out.text").read_text()
    assert {p.name for p in tmp_path.iterdir() if p.name.startswith(".out")} == set()


def test_output_of_an_error_is_a_report(run: Run, tmp_path: Path) -> None:
    assert run("check", "nowhere", "-o", "json:out.json").returncode == 2
    assert valid((tmp_path / "out.json").read_text())["errors"]


def test_output_that_cannot_be_written_leaves_the_old_one(
    run: Run, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept.json").mkdir()
    done = run("check", "models.py", "--no-sandbox", "-o", "json:kept.json")
    assert done.returncode == 2
    assert "cannot write kept.json" in done.stderr
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".kept")] == []


def test_unknown_output_names_the_formats(run: Run) -> None:
    done = run("check", "-o", "xml:out.xml")
    assert "The formats are: github, html, json, markdown, sarif, text" in done.stderr


# names


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("check", "--select", "nulable-boolean", "models.py"), "'nullable-boolean'"),
        (("check", "--ignore", "deep_ofset", "models.py"), "'deep-offset'"),
        (("rule", "blocking-index-biuld"), "'blocking-index-build'"),
        (("chck",), "'check'"),
        (("models", "revew"), "'review'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_unknown_name_tells_the_nearest(
    arguments: tuple[str, ...], nearest: str, run: Run, models: Path
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert f"the nearest is {nearest}" in done.stderr


def test_unknown_key_tells_the_nearest_and_its_file(run: Run, models: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.dbwright]\ntagret = "sqlite"\n')
    done = run("check", "models.py")
    assert done.returncode == 2
    assert "no key 'tagret'; the nearest is 'target'" in done.stderr
    assert "pyproject.toml" in done.stderr


# help


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, [*path, "--help"])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 4
    assert re.search(r"^  [A-Z]\w+ .*[.;]", done.output, re.MULTILINE), (
        "no sentence says what it does"
    )


def test_help_of_every_command_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from dbwright.frontends.cli import cli\n"
        f"for path in {commands()!r}:\n"
        "    assert CliRunner().invoke(cli, [*path, '--help']).exit_code == 0\n"
        "heavy = ['sqlalchemy', 'alembic', 'rich', 'libcst', 'sqlglot', 'psycopg', 'postgast']\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_review_of_models_without_a_database_loads_no_driver(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from dbwright.frontends.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert end.code in (0, 1), end.code\n"
        "heavy = ['sqlalchemy', 'sqlglot', 'psycopg', 'asyncio']\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)\n"
    )
    (tmp_path / "models.py").write_text(
        "from sqlalchemy import Column, Float, Integer\n"
        "from sqlalchemy.orm import declarative_base\n"
        "Base = declarative_base()\n"
        "class Order(Base):\n"
        "    __tablename__ = 'orders'\n"
        "    id = Column(Integer, primary_key=True)\n"
        "    price = Column(Float)\n"
    )
    command = ["models", "review", "models.py", "--no-sandbox"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, cwd=tmp_path
    )
    assert "float-money" in done.stdout
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_is_offered(shell: str, tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("dbwright")
    environment = os.environ | {"_DBWRIGHT_COMPLETE": f"{shell}_source"}
    done = subprocess.run([script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "_DBWRIGHT_COMPLETE" in done.stdout


def test_completion_knows_commands_formats_and_rules() -> None:
    from click.shell_completion import ShellComplete

    complete = ShellComplete(cli, {}, "dbwright", "_DBWRIGHT_COMPLETE")

    def values(*arguments: str, incomplete: str) -> list[str]:
        return [i.value for i in complete.get_completions(list(arguments), incomplete)]

    assert values(incomplete="mig") == ["migrations"]
    assert values("check", "--format", incomplete="js") == ["json"]
    assert values("check", "--select", incomplete="deep-offset,blocking-index-b") == [
        "deep-offset,blocking-index-build"
    ]


# streams


def test_no_color_is_heeded(run: Run, models: Path) -> None:
    colored = run("check", "models.py", "--no-sandbox", FORCE_COLOR="1")
    plain = run("check", "models.py", "--no-sandbox", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[31m" in colored.stdout
    assert "\x1b" not in plain.stdout


def test_terminal_without_unicode_gets_ascii(models: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        dbwright("check", "models.py", "--no-sandbox"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.isascii()
    assert "x shelves.labels" in done.stdout


def test_closed_pipe_is_no_error() -> None:
    child = subprocess.Popen(
        dbwright("rule"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.stderr.read() == ""
    assert child.wait(30) in (0, 1)
    child.stderr.close()


def test_progress_waits_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress("too early")
    progress.started -= 1.1
    progress("reading the plan")
    captured = capsys.readouterr()
    assert captured.err == "reading the plan\n"
    assert captured.out == ""


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(quiet=True)
    progress.started -= 5
    progress("reading the plan")
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupt_is_one_line_and_leaves_nothing(models: Path, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    stuck = f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n"
    models.write_text(f"{MODELS}\n{stuck}time.sleep(60)\n")
    child = subprocess.Popen(
        dbwright("check", "models.py", "-q"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (mark.exists() and mark.read_text()) and child.poll() is None:
        pass
    child.send_signal(signal.SIGINT)
    output, errors = child.communicate(timeout=30)
    assert child.returncode == 130, errors
    assert output == ""
    assert errors.strip() == "dbwright: stopped; nothing was changed."
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


# other commands


def test_rule_lists_every_rule(run: Run) -> None:
    from dbwright.api import rules

    lines = run("rule").stdout.splitlines()
    assert [line.split()[1] for line in lines] == [rule.name for rule in rules()]


def test_rule_shows_the_page_with_its_examples(run: Run) -> None:
    page = run("rule", "blocking-index-build").stdout
    for heading in ("# blocking-index-build", "## Why is this bad?", "## Bad", "## Good"):
        assert heading in page


def test_ask_says_how_it_understood(run: Run, models: Path) -> None:
    done = run("ask", "look at models.py")
    assert done.stdout.startswith("Read as: the models in models.py; review them.\n\n")
    assert done.returncode == 1


def test_ask_in_json_says_it_on_the_other_stream(run: Run, models: Path) -> None:
    done = run("ask", "look at models.py", "--format", "json")
    valid(done.stdout)
    assert "Read as: the models in models.py" in done.stderr


def test_ask_says_an_honest_no(run: Run, tmp_path: Path) -> None:
    done = run("ask", "squash my old revisions")
    assert done.returncode == 2
    assert "squashing revisions is not something it does yet" in done.stderr
