"""The health check after the first wave: a command that must succeed, SQL that must say true."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from dbwright.core.errors import UpgradeError
from dbwright.deploy.run import opened
from dbwright.fleet.inventory import AS_WRITTEN, Member


@dataclass(frozen=True, slots=True)
class Health:
    """What is asked of each database of the first wave. The command is the user's own, by a shell.

    It is told the database in DBWRIGHT_TARGET_URL and DBWRIGHT_TARGET_SCHEMA.
    """

    command: str = ""
    sql: str = ""
    seconds: float = 300.0

    def trouble(self, members: Sequence[Member]) -> str | None:
        """Gives what is wrong, in words; None where all is well."""
        for member in members:
            found = self._by_sql(member) or self._by_command(member)
            if found is not None:
                return f"{member.name}: {found}"
        return None

    def _by_sql(self, member: Member) -> str | None:
        if not self.sql:
            return None
        try:
            with opened(member.target) as connection:
                asked = connection.exec_driver_sql(self.sql, execution_options=AS_WRITTEN)
                said = asked.scalar()
        except (UpgradeError, DBAPIError) as error:
            return f"the health check failed: {error}"
        is_well = said not in (None, False, 0, "0", "", "f", "false")
        return None if is_well else f"the health check said {said!r}: {self.sql}"

    def _by_command(self, member: Member) -> str | None:
        if not self.command:
            return None
        target = member.target
        variables = {
            **os.environ,
            "DBWRIGHT_TARGET_URL": target.full,
            "DBWRIGHT_TARGET_SCHEMA": target.schema or "",
        }
        try:
            done = subprocess.run(
                self.command,
                shell=True,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"the health check gave no answer in {self.seconds:g} s: {self.command}"
        if done.returncode == 0:
            return None
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        last = f": {words[-1][:200]}" if words else ""
        return f"the health check ended with {done.returncode}{last}"
