"""Rewrites of a statement as SQLAlchemy code on the models, compiled before it is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Recommendation
from dbwright.core.mapping import Mapping
from dbwright.core.options import Options, Progress
from dbwright.jobs.models import mapping_of
from dbwright.jobs.workplace import Workplace, workplace
from dbwright.recipes.queries.changed import changed
from dbwright.recipes.queries.orm.code import written
from dbwright.recipes.queries.remedies import QUERY_FILE

_HINT = "-- SQLAlchemy: "


class Spelling:
    """The models of a folder's project, read when the first statement is to be said with them.

    `stack` closes what is opened for it.
    """

    def __init__(
        self, path: Path, options: Options, progress: Progress, stack: contextlib.ExitStack
    ) -> None:
        self.path, self.options, self.progress, self.stack = path, options, progress, stack
        self._mapping: Mapping | None = None
        self._place: Workplace | None = None
        self._source: dict[str, Any] = {}
        self._asked = False
        self.why = ""

    @classmethod
    def of(cls, place: Workplace, mapping: Mapping, source: dict[str, Any]) -> Spelling:
        """Gives the models of a workplace that has read them already."""
        made = cls(place.path, place.options, place.progress, contextlib.ExitStack())
        made._place, made._mapping, made._source, made._asked = place, mapping, source, True
        return made

    def on(self, place: Workplace) -> None:
        """Takes a workplace that is open already."""
        self._place = place

    def spelled(
        self, items: Sequence[Recommendation], dialect: str, placeholders: Sequence[str]
    ) -> list[Recommendation]:
        """Gives recommendations with code beside each other form of their statement."""
        return [self._with_code(item, dialect, tuple(placeholders)) for item in items]

    def _with_code(
        self, item: Recommendation, dialect: str, placeholders: tuple[str, ...]
    ) -> Recommendation:
        fix = item.advice.fix
        edit = next((e for e in fix.edits if e.path == QUERY_FILE and e.after), None)
        if edit is None or edit.after is None:
            return item
        code = self.code(edit.after, dialect, placeholders)
        if code is None:
            return item
        kept = [line for line in fix.code.splitlines() if not line.startswith(_HINT)]
        shown = "\n".join([code, "\n-- as SQL:", *kept])
        before = self.code(edit.before or "", dialect, placeholders)
        made = replace(fix, code=shown, changed=changed(before or "", code) if before else "")
        return replace(item, advice=replace(item.advice, fix=made))

    def code(self, sql: str, dialect: str, placeholders: tuple[str, ...] = ()) -> str | None:
        """Gives a statement's code; None without models, or where it would be another statement.

        It is run on the models, and what it compiles to must be the tree of the statement.
        """
        mapping, place = self._models(dialect), self._place
        if mapping is None or place is None or place.worker is None:
            return None
        if mapping.schema.dialect != dialect:
            return None
        found = written(sql, mapping, dialect, placeholders)
        if found is None:
            return None
        try:
            answer = place.worker.call(
                "compiled",
                code=found.run,
                classes=dict(found.classes),
                variables=dict(found.tables),
                parameters=dict(found.parameters),
                **self._source,
            )
        except DbwrightError:
            return None
        compiled = answer["sql"]
        return found.shown if compiled and found.compiles_to(compiled) else None

    def models(self, dialect: str) -> tuple[Mapping, dict[str, Any]] | None:
        """Gives the models and the worker's arguments that name them; None where there are none."""
        mapping = self._models(dialect)
        return None if mapping is None else (mapping, self._source)

    def workplace(self, dialect: str) -> Workplace | None:
        """Gives the open workplace with its interpreter at work; None where there is no project."""
        try:
            place = self._place or self._open(dialect)
        except DbwrightError as error:
            self.why = error.message
            return None
        place.ready()
        return place

    def _models(self, dialect: str) -> Mapping | None:
        if self._asked:
            return self._mapping
        self._asked = True
        try:
            place = self._place or self._open(dialect)
            place.ready()
            if place.worker is not None and place.source:
                self.progress("reading the models")
                self._source = place.source
                answer = place.worker.call("models", **self._source)
                self._mapping, _ = mapping_of(answer, self._source, place.project.root)
        except DbwrightError:  # the statement's SQL says it too
            return None
        return self._mapping

    def _open(self, dialect: str) -> Workplace:
        target = self.options.target or dialect
        options = replace(self.options, db=None, twin=None, sandbox=False, target=target)
        self._place = self.stack.enter_context(workplace(self.path, options, self.progress))
        return self._place
