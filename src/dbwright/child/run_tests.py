"""The command `run_tests`: a file of tests, run by the project's own pytest behind the fences."""

from __future__ import annotations

import os
import sys
from typing import Any

from .dialects import SYNTHETIC
from .state import current

# What the project's settings add is for whole runs: other processes, coverage, reports.
OPTIONS = (
    "-q",
    "--capture=sys",
    "--override-ini=addopts=",
    "-pno:cacheprovider",
    "-pno:faulthandler",
    "-pno:xdist",
)
LONGEST = 300  # characters of a failure that are told


class Seen:
    """What pytest reports: `passed` and `skipped` names, what `failed`, what broke before."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.skipped: list[str] = []
        self.failed: dict[str, str] = {}
        self.broken: list[str] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Takes down how a test, its set-up or its end came out."""
        name = report.nodeid.rpartition("::")[2].partition("[")[0]
        if report.failed:
            self.failed.setdefault(name, _last(report))
        elif report.skipped:
            self.skipped.append(name)
        elif report.when == "call":
            self.passed.append(name)

    def pytest_collectreport(self, report: Any) -> None:
        """Takes down what keeps a file from being read."""
        if report.failed:
            self.broken.append(_last(report))


def _last(report: Any) -> str:
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    lines = [line.removeprefix("E ").strip() for line in text.strip().splitlines() if line.strip()]
    if crash is None:  # a file that cannot be read: its last line says why
        return lines[-1][:LONGEST] if lines else ""
    return lines[0][:LONGEST] if lines else ""


def run_tests(path: str, variable: str, driver: str, conftest: bool) -> dict[str, Any]:
    """Runs the tests of one file; gives what passed, was skipped, failed or broke.

    `variable` is set to the URL of the scratch database with the driver, "" for none. Without
    `conftest` the project's own fixtures are not loaded.
    """
    try:
        import pytest
    except ImportError:
        return {"pytest": None}
    os.environ.pop("PYTEST_ADDOPTS", None)
    if variable:
        os.environ[variable] = _url(driver)
    for folder in (os.path.join(current.root, "src"), current.root):
        if os.path.isdir(folder):
            sys.path.insert(0, folder)
    seen = Seen()
    options = [*OPTIONS, *([] if conftest else ["--noconftest"])]
    try:
        status = int(pytest.main([*options, path], plugins=[seen]))
    except Exception as error:
        seen.broken.append(f"{type(error).__name__}: {error}"[:LONGEST])
        status = 3
    return {
        "pytest": pytest.__version__,
        "status": status,
        "passed": seen.passed,
        "skipped": seen.skipped,
        "failed": seen.failed,
        "broken": seen.broken,
    }


def _url(driver: str) -> str:
    scheme, _, rest = SYNTHETIC[current.dialect].partition("://")
    name = scheme.partition("+")[0]
    return f"{name}+{driver}://{rest}" if driver else f"{scheme}://{rest}"
