"""What the writers of changes know: both schemas, what was said, and the code's style."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from dbwright.core.authoring import Meant
from dbwright.core.compare import Difference
from dbwright.core.describe import text_of
from dbwright.core.errors import FixError
from dbwright.core.schema import Check, Column, Schema, Table
from dbwright.recipes import code
from dbwright.recipes.autogenerate_change import CUT, VIEW, Change, execute
from dbwright.recipes.sqlalchemy_code import Style, type_code

PARTS = {
    "unique": "uniques",
    "foreign key": "foreign_keys",
    "check": "checks",
    "exclude": "excludes",
    "index": "indexes",
    "trigger": "triggers",
}


@dataclass(frozen=True, slots=True)
class Builds:
    """How indexes are built: the timeouts that env.py or the role sets are lifted meanwhile.

    A concurrent build waits for the transactions that run now and keeps nobody waiting; a timeout
    would only end it, and leave an invalid index. What such a try left is dropped first.
    """

    lock_timeout: str | None = None
    statement_timeout: str | None = None


@dataclass(slots=True)
class Context:
    """One run of autogenerate.

    `left_alone` are objects that no model declares; `views` those that stand in the way of a
    change and are made anew around it; `fills` what the rows of a table get, column by column.
    `builds` says that indexes are built so that a failed build can be run again as it is.
    """

    models: Schema
    migrated: Schema
    declared: Schema
    meant: Meant
    style: Style
    schemas: frozenset[str] = frozenset()
    left_alone: list[str] = field(default_factory=list)
    views: set[str] = field(default_factory=set)
    fills: dict[str, dict[str, str]] = field(default_factory=dict)
    builds: Builds | None = None

    @property
    def both(self) -> tuple[Schema, Schema]:
        """The schemas whose types the code may name, the models' first."""
        return self.models, self.migrated

    def is_view(self, key: str) -> bool:
        """Whether it is a view on either side."""
        found = self.models.table(key) or self.migrated.table(key)
        return found is not None and "view" in found.kind

    def table(self, schema: Schema, key: str | None) -> Table:
        """Gives a table that the schema must have."""
        found = schema.table(key or "")
        if found is None:
            raise FixError(f"the table {key} is not known")
        return found

    def part(self, schema: Schema, difference: Difference, *, found: bool = False) -> Any:
        """Gives the constraint, index or trigger that a difference is about, on one side.

        `found` says that the side is the migrated one.
        """
        table = self.table(schema, difference.table)
        if difference.object == "primary key":
            return table.primary_key
        parts = getattr(table, PARTS[difference.object])
        text = difference.after if found else difference.before
        if difference.aspect == "name":
            return next(part for part in parts if part.name == text)
        named = [part for part in parts if part.name and part.name == difference.name]
        alike = [part for part in parts if text_of(part) == text]
        for part in (*(p for p in named if p in alike), *alike, *named):
            return part
        raise FixError(f"the {difference.object} of {difference.table} is not known")

    def type(self, column: Column, schema: Schema) -> str | None:
        """Gives a column's type as code, None where SQLAlchemy has none."""
        others = tuple(each for each in self.both if each is not schema)
        return type_code(column.type, (schema, *others))

    def as_declared(self, key: str, found: Check) -> Check:
        """Gives a CHECK of the models in the words of the metadata.

        The catalog's own spelling of `status IN ('a', 'b')` on a varchar is stored in yet another
        one when it is read again, and would differ from the models' for ever.
        """
        models, declared = self.models.table(key), self.declared.table(key)
        if models is None or declared is None or found not in models.checks:
            return found
        told = next((each for each in declared.checks if each.name == found.name), None)
        return replace(found, expression=told.expression) if told and found.name else found

    def is_named(self, difference: Difference) -> bool:
        """Whether the models name the object, or it was renamed along with its table or column."""
        table = self.declared.table(difference.table or "")
        parts = getattr(table, PARTS.get(difference.object, ""), ()) if table else ()
        if difference.object == "primary key" and table and table.primary_key:
            parts = (table.primary_key,)
        if any(part.name == difference.before for part in parts):
            return True
        return bool(self._renamed & self._concerned(difference))

    @property
    def _renamed(self) -> set[str]:
        """The tables that have, or whose columns have, another name than before."""
        found = set(self.meant.table_renames.values())
        for name in self.meant.renames:
            table = name.rpartition(".")[0]
            found.add(self.meant.table_renames.get(table, table))
        return found

    def _concerned(self, difference: Difference) -> set[str]:
        """The table of a difference, and the one that its foreign key refers to."""
        table = self.models.table(difference.table or "")
        keys = table.foreign_keys if table else ()
        referred = {key.referred for key in keys if key.name == difference.before}
        return {difference.table or "", *referred}

    def disturb(self, table: str, column: str) -> None:
        """Notes that the views which read a column must be made anew around a change of it."""
        waiting = [f"{table}.{column}"]
        while waiting:
            name = waiting.pop()
            for view in self.migrated.tables:
                reads = view.info.get("reads", ())
                if view.key in self.views or name not in reads:  # type: ignore[operator]
                    continue
                self.views.add(view.key)
                waiting += [view.key, *(f"{view.key}.{c.name}" for c in view.columns)]

    def remade(self) -> Iterator[Change]:
        """Gives the changes that drop the disturbed views first and create them at the end."""
        ordered = [view for view in self.migrated.tables if view.key in self.views]
        ordered.sort(key=lambda view: len(self._below(view)))
        for view in reversed(ordered):
            drop, create = drop_view(view), create_view(view)
            yield Change(CUT, f"drop view {view.key} for a while", drop, create)
        for view in ordered:
            wanted = self.models.table(view.key) or view
            yield Change(
                VIEW, f"create view {view.key} again", create_view(wanted), drop_view(wanted)
            )

    def _below(self, view: Table) -> set[str]:
        reads = {str(name) for name in view.info.get("reads", ())}  # type: ignore[attr-defined]
        direct = {key for key in self.views if key in reads and key != view.key}
        found = set(direct)
        for key in direct:
            found |= self._below(self.table(self.migrated, key))
        return found


def kind_of(view: Table) -> str:
    """Gives the words for a view in SQL."""
    return "MATERIALIZED VIEW" if view.kind == "materialized view" else "VIEW"


def create_view(view: Table) -> str:
    """Gives the code that creates a view."""
    body = (view.definition or "").strip().rstrip(";")
    return execute(f"CREATE {kind_of(view)} {code.quoted(view.key)} AS\n{body}")


def drop_view(view: Table) -> str:
    """Gives the code that drops a view."""
    return execute(f"DROP {kind_of(view)} {code.quoted(view.key)}")


def changed_view(context: Context, wanted: Table, old: Table) -> Iterator[Change]:
    """Gives the change of a view that both sides have; grants stay where it can be replaced."""
    same = [(c.name, c.type) for c in wanted.columns] == [(c.name, c.type) for c in old.columns]
    if same and kind_of(wanted) == "VIEW":
        yield Change(
            VIEW,
            f"change view {wanted.key}",
            create_view(wanted).replace("CREATE VIEW", "CREATE OR REPLACE VIEW"),
            create_view(old).replace("CREATE VIEW", "CREATE OR REPLACE VIEW"),
        )
        return
    for column in old.columns:
        context.disturb(old.key, column.name)
    context.views.add(old.key)
