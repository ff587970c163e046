"""The one exception tree.

DbwrightError
├── UsageError       the command line or the settings cannot be meant
│   ├── SettingsError    a key or value of [tool.dbwright]
│   └── ReadRefused      a statement is more than one that only reads
├── CollectError     a project, file or revision could not be read
│   ├── ProjectError     no project here, or its configuration is broken
│   ├── UserCodeError    env.py, models or a revision raised, hung or died
│   │   ├── HangError        it gave no answer in time
│   │   └── NotReachedError  a revision was not reached: env.py or the graph stopped the run
│   ├── PlanError        a plan that was pasted could not be read
│   ├── NoScratchError   revisions are to be run, and there is no scratch database
│   └── FenceError       user code tried to reach another database or host
├── ServerError      no scratch server could be started or reached
│   └── SandboxError     the scratch database refused what was needed of it
├── FixError         a fix could not be written
├── UpgradeError     a database in use was not upgraded
├── BackfillError    a backfill stopped, or may not be changed as asked
│   ├── ReadOnlyError    the server that it was to write to only reads
│   └── BrokerError      a queue's broker does not take its message
└── RuleError        a rule breaks the rules of rules

Every message says what was being done, what happened and what to do next.
"""

from __future__ import annotations


class DbwrightError(Exception):
    """An error with words for the user: what was being done, what happened, the way out.

    `file` and `line` name the place when there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        way_out: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.way_out = way_out

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file and self.line else ""
        if self.file and not self.line:
            place = f"{self.file}: "
        tail = f"\n{self.way_out}" if self.way_out else ""
        return f"{place}{self.message}{tail}"


class UsageError(DbwrightError):
    """The command line cannot be meant."""


class SettingsError(UsageError):
    """A key or a value of [tool.dbwright] cannot be meant."""


class ReadRefused(UsageError):
    """A statement is not run on a user's database: it is more than one that only reads."""


class CollectError(DbwrightError):
    """A project, file or revision could not be read."""


class NoScratchError(CollectError):
    """Revisions are to be run, and there is no scratch database or no interpreter for it."""


class PlanError(CollectError):
    """A plan that was pasted could not be read; `line` is the line of the text."""


class ProjectError(CollectError):
    """There is no project here, or its configuration is broken."""


class UserCodeError(CollectError):
    """The user's env.py, models or revision raised, hung or died."""


class HangError(UserCodeError):
    """User code gave no answer in time."""


class NotReachedError(UserCodeError):
    """A revision was not reached: env.py or the graph stopped the run before."""


class FenceError(UserCodeError):
    """User code tried to reach another database or host, and was refused."""


class ServerError(DbwrightError):
    """No scratch server could be started or reached."""


class SandboxError(ServerError):
    """The scratch database refused what was needed of it."""


class FixError(DbwrightError):
    """A fix could not be written."""


class UpgradeError(DbwrightError):
    """A database in use was not upgraded."""


class BackfillError(DbwrightError):
    """A backfill stopped, or may not be changed as it was asked."""


class ReadOnlyError(BackfillError):
    """The server that a backfill was to write to only reads."""


class BrokerError(BackfillError):
    """The broker of a queue does not take a message."""


class RuleError(DbwrightError):
    """A rule breaks the rules of rules."""
