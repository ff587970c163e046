"""The guard of reads: what a statement calls and reads, down to the last view and function.

The text is one query by the server's own grammar. Each name in it is looked up in the catalog, and
what the name stands for is read in turn: a view's query, an SQL function's body, a domain's check.
Where a name may mean several things, all of them have to be harmless. It is one layer: the
transaction is read-only, the role should be too, and the time is limited.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import psycopg

from dbwright.core.errors import ReadRefused
from dbwright.core.reading import Allowed
from dbwright.core.secrets import is_secret_setting
from dbwright.dialects.postgresql import (
    grammar,
    reading_bodies,
    reading_calls,
    reading_catalog,
    reading_functions,
    reading_hidden,
    reading_sizes,
    reading_texts,
    reading_tree,
)
from dbwright.dialects.postgresql.grammar import Node
from dbwright.dialects.postgresql.question import Row
from dbwright.dialects.postgresql.reading_catalog import ANY

_LONGEST = 200_000
_MOST = 500
"""Views and functions that one statement may lead to."""
_SHORTEST = 5.0
"""Seconds that the guard has in any case: its own work is no fault of the statement's."""
_FUNCTION = "Write what it computes in the statement, or let a human run it."


def allowed(
    connection: psycopg.Connection[Any], sql: str, analyze: bool = False, seconds: float = 60
) -> Allowed:
    """Gives the statement as it may run; ReadRefused names what in it may not, and the way out.

    It looks no longer than `seconds`, or 5. Raises psycopg.Error where the catalog cannot be asked.
    """
    if len(sql) > _LONGEST:
        raise ReadRefused(
            f"the statement has {len(sql):,} characters, and {_LONGEST:,} are read",
            way_out="Ask for less at a time, or join with a table of what you ask for.",
        )
    tree, kind = reading_tree.statement(sql, analyze)
    text = _single(sql)
    if kind == "list":
        name = tree.variable_show_stmt.name
        if why := reading_functions.setting_problem(name):
            raise ReadRefused(f"SHOW {name} is refused: {why}")
        return Allowed(text, "list", settings=True)
    guard = _Guard(connection, seconds=seconds)
    guard.read(tree, "")
    texts = bool(guard.reached & reading_functions.STATEMENT_TEXTS)
    places = _places(guard, tree) if texts else ()
    settings = bool(guard.reached & reading_functions.SETTINGS)
    if guard.reached & reading_functions.SETTINGS_SHOWN and _has_secrets(connection):
        reading_texts.refuse_computed_settings(tree, guard.through_view)
    return Allowed(text, kind, texts, settings, places)


def _places(guard: _Guard, tree: Node) -> tuple[int, ...]:
    places = reading_texts.places_shown(tree, guard.through_view)
    words = reading_texts.words_tested(tree)
    reading_texts.refuse_words(words - reading_hidden.names_of_relations(guard.connection, words))
    return places


def _has_secrets(connection: psycopg.Connection[Any]) -> bool:
    found = reading_catalog.settings(connection)
    return any(value and is_secret_setting(name) for name, value in found)


def refuse_calls(connection: psycopg.Connection[Any], tree: Node) -> None:
    """Raises ReadRefused where a statement that writes calls what a read may not.

    The planner works out the value of what is not volatile.
    """
    _Guard(connection, reading_tree.WRITES).read(tree, "")


def _single(sql: str) -> str:
    """Gives the text without the semicolon behind it."""
    pieces = grammar.split(sql)
    return pieces[0] if len(pieces) == 1 else sql


class _Guard:
    """What has been looked at so far; `reached` are names of relations and functions of interest.

    `through_view` says that one of them stands in a view or body, not in the statement.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        also: frozenset[str] = frozenset(),
        seconds: float = 60,
    ) -> None:
        self.connection = connection
        self.also = also
        self.seconds = max(seconds, _SHORTEST)
        self.began = time.monotonic()
        self.reached: set[str] = set()
        self.through_view = False
        self.seen: set[tuple[str, int]] = set()
        self.types: set[int] = set()
        self.relations: set[int] = set()
        self.operators: dict[int, tuple[frozenset[int], str]] = {}
        self.waiting: deque[tuple[Node, str, bool]] = deque()

    def read(self, tree: Node, place: str) -> None:
        """Looks at a tree and at all that it leads to; ReadRefused says what is in the way."""
        self.waiting.append((tree, place, False))
        known = (-1, -1)
        while self.waiting or known != (len(self.types), len(self.relations)):
            self._look_at_all()
            known = (len(self.types), len(self.relations))
            self._operators()
            self._casts()

    def _look_at_all(self) -> None:
        while self.waiting:
            self._look(*self.waiting.popleft())
            if len(self.seen) > _MOST:
                raise ReadRefused(f"the statement leads to more than {_MOST} views and functions")
            if time.monotonic() - self.began > self.seconds:
                raise ReadRefused(
                    f"what the statement leads to could not be looked at in {self.seconds:g} s",
                    way_out="Read tables instead of views and functions, or less at a time.",
                )

    def _look(self, tree: Node, place: str, anywhere: bool) -> None:
        found = reading_tree.mentioned(tree, place, self.also)
        self._calls(found, place)

        def within(name: str | None) -> str | None:
            return ANY if anywhere and name is None else name

        called = {(within(schema), name, many) for schema, name, many in found.functions}
        called |= {(within(None), name, 1) for name in found.attributes}
        functions = reading_catalog.functions(self.connection, called)
        for row in functions:
            self._function(row, place)
        signs = {(within(schema), name) for schema, name in found.operators}
        operators = reading_catalog.operators(self.connection, signs)
        for row in operators:
            self.operators.setdefault(row.oid, (frozenset(row.operands), place))
        busy = {row.name for row in functions if row.extension and row.name in reading_sizes.BUSY}
        busy_signs = {row.name for row in operators if row.function in reading_sizes.BUSY}
        if why := reading_sizes.problem(tree, busy, busy_signs):
            raise ReadRefused(
                f"the read is refused: {place}it calls {why}", way_out=reading_sizes.WAY_OUT
            )
        named = {(within(schema), name) for schema, name in found.relations}
        oids = self._relations(reading_catalog.relations(self.connection, named), place)
        typed = {(within(schema), name) for schema, name in found.types}
        self._types(reading_catalog.types(self.connection, typed, self.types, oids), place)

    def _calls(self, found: reading_tree.Mentioned, place: str) -> None:
        for call in found.calls:
            if why := reading_calls.problem(call):
                raise ReadRefused(f"the read is refused: {place}it calls {why}")
            for tree in reading_calls.types_named(call):
                self.waiting.append((tree, place, False))

    # functions

    def _functions(self, oids: list[int], place: str) -> None:
        new = [oid for oid in oids if ("function", oid) not in self.seen]
        for row in reading_catalog.numbered(self.connection, new):
            self._function(row, place)

    def _function(self, row: Row, place: str) -> None:
        if ("function", row.oid) in self.seen:
            return
        self.seen.add(("function", row.oid))
        why = self._problem(row)
        if why is not None:
            raise ReadRefused(
                f"the read is refused: {place}it calls {row.words}: {why}", way_out=_FUNCTION
            )
        if row.name in reading_functions.TEXT_FUNCTIONS | reading_functions.SETTINGS:
            self._reach(row.name, place or "function")
        if not row.system:
            self.types.update(row.types)
            self._inside(row, f"{place}the function {row.words}: ")

    def _problem(self, row: Row) -> str | None:
        if row.system:
            return reading_functions.system_problem(row.name, row.volatility)
        if row.kind == "p":
            return "it is a procedure"
        if row.definer:
            return "it is SECURITY DEFINER, and acts with the rights of its owner"
        if row.extension:
            return reading_functions.extension_problem(row.name, row.volatility)
        if row.volatility == "v":
            return "it is volatile, and may do anything"
        return reading_bodies.problem(row)

    def _inside(self, row: Row, place: str) -> None:
        if row.kind == "a":
            parts = reading_catalog.parts_of_aggregates(self.connection, [row.oid])
            self._functions(parts, place)
            return
        anywhere = bool(row.settings)
        for tree in reading_bodies.trees(self.connection, row, place):
            self.waiting.append((tree, place, anywhere))

    # relations and types

    def _relations(self, rows: list[Row], place: str) -> list[int]:
        new = [row for row in rows if ("relation", row.oid) not in self.seen]
        for row in new:
            self.seen.add(("relation", row.oid))
            secret = reading_functions.SECRET_RELATIONS.get(row.name) if row.system else None
            if secret:
                raise ReadRefused(f"the read is refused: {place}it reads {row.words}: {secret}")
            if row.kind == "f":
                raise ReadRefused(
                    f"the read is refused: {place}{row.words} is a foreign table, and what its "
                    "server does is not seen from here",
                    way_out="Read it where it lives:  --db URL of that server",
                )
            interesting = reading_functions.STATEMENT_TEXTS | reading_functions.SETTINGS
            if row.name in interesting and (row.system or row.extension):
                self._reach(row.name, place)
            if row.kind == "v" and not row.system and row.name not in interesting:
                self._view(row, place)
        users = [row.oid for row in new if not row.system]
        if users:
            self.relations.update(users)
            self._behind(users, place)
            self._planned(users, place)
        return users

    def _reach(self, name: str, place: str) -> None:
        self.reached.add("pg_stat_activity" if name == "pg_stat_get_activity" else name)
        self.through_view = self.through_view or bool(place)

    def _view(self, row: Row, place: str) -> None:
        place = f"{place}the view {row.words}: "
        (tree,) = grammar.parse(reading_catalog.view(self.connection, row.oid))
        self.waiting.append((tree, place, False))

    def _behind(self, oids: list[int], place: str) -> None:
        rows = reading_catalog.behind(self.connection, oids)
        self._functions([row.oid for row in rows if row.of == "view"], f"{place}a view: ")
        policies = [row.oid for row in rows if row.of == "policy"]
        for row in reading_catalog.numbered(self.connection, policies):
            # whoever reads the table calls it, in any statement: only what may write is refused
            if row.definer and row.volatility == "v":
                raise ReadRefused(
                    f"the read is refused: {place}a row security policy calls {row.words}: it is "
                    "SECURITY DEFINER and volatile",
                    way_out="If it only reads, say so:  ALTER FUNCTION … STABLE",
                )

        for policy in reading_hidden.policies(self.connection, oids):
            self._policy(policy, place)

    def _policy(self, policy: Row, place: str) -> None:
        (tree,) = grammar.parse(f"select {policy.condition}")
        called = {(None, name, many) for _, name, many in reading_tree.mentioned(tree).functions}
        for row in reading_catalog.functions(self.connection, called):
            why = row.system and reading_functions.system_problem(row.name, row.volatility)
            if why:
                raise ReadRefused(
                    f"the read is refused: {place}a row security policy of {policy.words} calls "
                    f"{row.words}: {why}"
                )

    def _planned(self, oids: list[int], place: str) -> None:
        """What does not change is worked out by the planner, that in functions of SQL as well."""
        called = reading_hidden.planned(self.connection, oids)
        new = [oid for oid in called if ("function", oid) not in self.seen]
        inside = f"{place}an index, check, key or statistics of a table: "
        for row in reading_catalog.numbered(self.connection, new):
            if row.volatility == "i":
                self._function(row, inside)
            elif row.language == "sql" and not row.system and ("body", row.oid) not in self.seen:
                self.seen.add(("body", row.oid))
                self._inside(row, f"{inside}the function {row.words}: ")

    def _types(self, rows: list[Row], place: str) -> None:
        for row in rows:
            self.types.add(row.oid)
            if row.check and ("check", row.check_oid) not in self.seen:
                self.seen.add(("check", row.check_oid))
                (tree,) = grammar.parse(f"select {row.check}")
                self.waiting.append((tree, f"{place}the domain {row.words}: ", False))

    def _operators(self) -> None:
        """An operator is called where values of its types are: those of no type in play are not."""
        for oid, (operands, place) in self.operators.items():
            if operands & self.types or any(operand < 16384 for operand in operands):
                self._functions([oid], f"{place}an operator: ")
        self._look_at_all()

    def _casts(self) -> None:
        """A cast stands in no text where it is implicit: those of the types in play count."""
        wanted = []
        for row in reading_catalog.casts(self.connection):
            users = {oid for oid in (row.source, row.target) if oid >= 16384}
            if not users or users & self.types:
                wanted.append(row.oid)
        self._functions(wanted, "a cast: ")
        classes = reading_hidden.of_classes(self.connection, self.types, self.relations)
        self._functions(classes, "an operator class: ")
        self._look_at_all()
