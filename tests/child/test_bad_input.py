"""Each way in which user code can fail gives one error with file, line and way out."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("from_nothing")


def test_an_unset_variable_is_named_with_the_way_out(lab):
    lab.project(models="import os\nurl = os.environ['DATABASE_URL']\n")
    error = lab.failure()
    assert (error.file, error.line) == ("models.py", 2)
    assert error.message == "needs the variable DATABASE_URL"
    assert error.way_out == (
        "It only has to exist, the value is never used:  DATABASE_URL=unused:// dbwright check"
    )


def test_a_variable_that_the_projects_own_message_asks_for_is_named(lab):
    lab.project(models="raise RuntimeError('SHOP_KEY is not set in the environment')\n")
    assert lab.failure().message == "needs the variable SHOP_KEY"


def test_a_missing_package_is_named_with_the_interpreter(lab):
    lab.project(models="import os\nimport surely_missing.deep\n")
    error = lab.failure()
    assert (error.file, error.line) == ("models.py", 2)
    assert error.message.startswith("needs the module surely_missing, which ")


def test_a_circular_import_is_called_one(lab):
    lab.project(models="from other import x\ny = 1\n")
    lab.write({"other.py": "from models import y\nx = 1\n"})
    error = lab.failure()
    assert error.message.startswith("circular import: cannot import name 'y'")
    assert (error.file, error.line) == ("other.py", 1)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit(3)", "ends the process: sys.exit(3)"),
        ("import os; os._exit(7)", "your code ended the process (exit status 7) while reading"),
        ("input()", "waits for input on the terminal"),
        ("1/0", "ZeroDivisionError: division by zero"),
        ("raise ValueError(object())", "ValueError: <object object>"),
        ("def f(:", "does not parse: invalid syntax"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "exit status 139"),
    ],
)
def test_what_ends_the_code_is_told(lab, code, words):
    lab.project(models=code + "\n")
    assert words in lab.failure().message


def test_code_that_hangs_is_killed_and_the_next_call_works(lab, make_revision):
    lab.project(make_revision("a1", None, "pass"), models="while True: pass\n")
    worker = lab.worker(timeout=5)
    with pytest.raises(Exception, match="gave no answer within 5 s while reading the models"):
        worker.call("models", config="alembic.ini", section=None)
    assert worker.call("history", config="alembic.ini", section=None)["heads"] == ["a1"]


def test_code_that_prints_does_not_disturb_the_answer(lab):
    noise = "import os\nprint('x' * 300_000)\nos.write(1, b'raw\\n{\"result\": 1}\\n')\n"
    lab.project()
    lab.write({"models.py": noise + (lab.root / "models.py").read_text()})
    result = lab.worker().call("models", config="alembic.ini", section=None)
    assert result["mapping"]["mappers"][0]["name"] == "User"
    assert "raw" in result["stdout"]


def test_code_that_forks_answers_once(lab):
    lab.project()
    fork = "import os\nchild = os.fork()\n"
    lab.write({"models.py": fork + (lab.root / "models.py").read_text()})
    worker = lab.worker()
    for _ in range(2):
        result = worker.call("models", config="alembic.ini", section=None)
        assert len(result["mapping"]["mappers"]) == 1


def test_an_ini_without_a_script_location_says_so(lab):
    lab.write({"alembic.ini": "[alembic]\n"})
    error = lab.failure("history")
    assert error.file == "alembic.ini"
    assert error.message == "has no script_location"


def test_an_ini_that_is_not_there_says_so(lab):
    assert lab.failure("history").message == "there is no such file"


def test_an_environment_without_models_says_so(lab):
    lab.project(models="class Base:\n    metadata = None\n")
    assert lab.failure().message == "env.py gives no target_metadata"


def test_an_interpreter_that_is_not_there_says_so(lab):
    from dbwright.scratch.worker import Worker

    with (
        Worker(lab.root / "no/python", lab.root, dialect="postgresql", timeout=5) as worker,
        pytest.raises(Exception, match="cannot start the project's interpreter"),
    ):
        worker.call("versions")


PARENT = """
import sys
from pathlib import Path
from dbwright.scratch.worker import Worker
worker = Worker(Path(sys.argv[1]), Path(sys.argv[2]), dialect="postgresql", timeout=600)
print(worker.child().pid, flush=True)
worker.call("models", spec="models:Base")
"""


def test_a_parent_that_is_killed_leaves_no_child(lab):
    code = "import os\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: pass\n"
    lab.write({"models.py": code})
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, sys.executable, str(lab.root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    supervisor = int(parent.stdout.readline())
    while not (lab.root / "pid").exists() or not (lab.root / "pid").read_text():
        assert parent.poll() is None
    child = int((lab.root / "pid").read_text())
    watched = os.pidfd_open(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert select.select([watched], [], [], 5)[0], "the child outlived its parent"
    os.close(watched)
    assert supervisor != child
