"""`pytest --dbwright-record FILE`: the statements that the tests send, with their values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


class Recording:
    """The statements of one run of pytest, in all of its processes."""

    def __init__(self, config: pytest.Config) -> None:
        from dbwright.api import record
        from dbwright.core.errors import DbwrightError

        self.file = Path(config.invocation_params.dir, config.option.dbwright_record).absolute()
        config.option.dbwright_record = str(self.file)
        # the first process begins the file, those that xdist starts add to it
        added = hasattr(config, "workerinput")
        bare = config.getoption("dbwright_record_bare")
        self._recorder = record(self.file, values=not bare, append=added)
        try:
            self._recorder.__enter__()
        except DbwrightError as error:
            raise pytest.UsageError(str(error)) from error

    def pytest_unconfigure(self) -> None:
        """Ends the recording."""
        self._recorder.__exit__(None, None, None)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Says where it is."""
        command = f"dbwright queries tune --workload {self.file.name}"
        terminalreporter.write_line(f"statements were recorded in {self.file}: {command}")
