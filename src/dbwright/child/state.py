"""What the running command is about; one child runs one command at a time."""

from __future__ import annotations

import os
from typing import Any

from .channel import Channel


class State:
    """The child's settings from the parent, and where the command now stands."""

    def __init__(self) -> None:
        self.channel: Channel | None = None
        self.root = os.getcwd()
        self.dialect = "postgresql"
        self.server_version: str | None = None
        self.hosted = False
        self.revision: str | None = None
        self.direction: str | None = None
        self.revision_file: str | None = None
        self.env_file: str | None = None
        self.refused: list[dict[str, Any]] = []
        self.connect_options: dict[str, str] = {}
        self.homes: set[Any] = set()
        self.generation = 0
        self.edited: dict[str, str | None] = {}
        self.took_bind: set[tuple[str | None, str | None]] = set()

    def begin(self, hosted: bool) -> None:
        """Forgets the command before."""
        self.generation += 1
        self.hosted = hosted
        self.revision = self.direction = self.revision_file = self.env_file = None
        self.refused = []
        self.connect_options = {}
        self.took_bind = set()

    def above_package(self) -> str:
        """Gives the folder above the outermost package that the root stands in, else the root."""
        folder = self.root
        while os.path.isfile(os.path.join(folder, "__init__.py")):
            folder = os.path.dirname(folder)
        return folder


current = State()
