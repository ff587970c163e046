"""A recording of a whole process, begun from within it; its file stands in a variable."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from dbwright.collect.recording import Recorder

FILE = "DBWRIGHT_WATCH_RECORD"
"""The variable that names the file; it is there already, and what is recorded is added."""


def begin() -> None:
    """Records all that the process sends from now on until it ends."""
    recorder = Recorder(Path(os.environ[FILE]), None, values=True, append=True)
    recorder.__enter__()
    atexit.register(recorder.__exit__, None, None, None)
