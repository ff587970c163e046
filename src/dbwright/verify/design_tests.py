"""The tests of a design, run before they are handed over."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from dbwright.core.finding import Unverified
from dbwright.verify.design import Findings, written

TIMEOUT = 300


def run(files: dict[str, str], path: str, database: str = "sqlite://") -> Findings:
    """Runs the test file at `path` with pytest; `broken` are the names of tests that fail."""
    found = Findings("SQLite in memory")
    if importlib.util.find_spec("pytest") is None:
        found.unmet.append(Unverified("the tests", "pytest is not installed beside dbwright"))
        return found
    with tempfile.TemporaryDirectory(prefix="dbwright-") as folder:
        written(Path(folder), files)
        command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "-p", "no:cacheprovider"]
        environment = {**os.environ, "TEST_DATABASE_URL": database, "PYTEST_ADDOPTS": "",
                       "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # fmt: skip
        try:
            done = subprocess.run(
                [*command, path], cwd=folder, env=environment, capture_output=True, text=True,
                check=False, timeout=TIMEOUT,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            found.broken.append(f"the tests took more than {TIMEOUT} seconds")
            return found
    passed = re.search(r"(\d+) passed", done.stdout)
    if done.returncode or passed is None:
        names = re.findall(r"^(?:FAILED|ERROR) \S+?::(\w+)", done.stdout, flags=re.MULTILINE)
        found.broken += dict.fromkeys(names or [(done.stdout + done.stderr).strip()[-300:]])
    else:
        found.held["tests passed"] = int(passed[1])
    return found
