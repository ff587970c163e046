"""Commands that are on their way while the parent goes on."""

from __future__ import annotations

import os
import signal

import pytest

from dbwright.core.errors import HangError, UserCodeError

pytestmark = pytest.mark.usefixtures("from_nothing")

CONFIG = {"config": "alembic.ini", "section": None}


def test_commands_are_answered_in_their_order_whatever_is_asked_for_first(lab):
    lab.project()
    worker = lab.worker()
    versions, models = worker.begin("versions"), worker.begin("models", **CONFIG)
    assert [table["name"] for table in models.result()["mapping"]["schema"]["tables"]] == ["users"]
    assert "sqlalchemy" in versions.result()
    assert models.result() is models.result()


def test_a_call_waits_for_what_is_on_its_way(lab):
    lab.project()
    worker = lab.worker()
    models = worker.begin("models", **CONFIG)
    assert "alembic" in worker.call("versions")
    assert models.result()["mapping"]["mappers"]


def test_what_stops_a_command_is_raised_each_time_and_the_next_one_works(lab):
    lab.project(models="1/0\n")
    worker = lab.worker()
    models, versions = worker.begin("models", **CONFIG), worker.begin("versions")
    for _ in range(2):
        with pytest.raises(UserCodeError, match="division by zero"):
            models.result()
    assert "sqlalchemy" in versions.result()


def test_the_last_words_of_a_command_are_kept_that_died_while_another_was_awaited(lab):
    lab.project(models="import os\nprint('so far', flush=True)\nos._exit(7)\n")
    worker = lab.worker()
    versions, models = worker.begin("versions"), worker.begin("models", **CONFIG)
    os.waitid(os.P_PID, worker.running.pid, os.WEXITED | os.WNOWAIT)
    assert "sqlalchemy" in versions.result()
    with pytest.raises(UserCodeError, match="exit status 7") as raised:
        models.result()
    assert (raised.value.file, raised.value.line) == ("models.py", 3)
    assert "so far" in (raised.value.way_out or "")


def test_a_command_that_was_sent_to_a_child_which_is_gone_is_sent_again(lab):
    lab.project()
    worker = lab.worker()
    versions = worker.begin("versions")
    os.killpg(worker.running.pid, signal.SIGKILL)
    with pytest.raises(UserCodeError, match="ended the process"):
        versions.result()
    assert worker.begin("models", **CONFIG).result()["mapping"]["mappers"]


def test_one_that_hangs_is_named_and_leaves_the_next_one_to_a_new_child(lab):
    lab.project(models="import time\ntime.sleep(600)\n")
    worker = lab.worker(timeout=6)
    models, versions = worker.begin("models", **CONFIG), worker.begin("versions")
    with pytest.raises(HangError) as raised:
        models.result()
    assert (raised.value.file, raised.value.line) == ("models.py", 2)
    assert "sqlalchemy" in versions.result()


def test_an_interpreter_that_is_not_there_is_told_when_the_result_is_asked_for(lab, tmp_path):
    lab.project()
    worker = lab.worker()
    worker.python = tmp_path / "nowhere"
    versions = worker.begin("versions")
    with pytest.raises(UserCodeError, match="cannot start the project's interpreter"):
        versions.result()
