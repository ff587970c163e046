"""The guard of reads on MySQL and MariaDB: words, functions, views, stored functions.

Neither has a grammar to lend nor a volatility to ask for. So all that stands before a parenthesis
is looked up, wherever it is, and what is stored in the database is read in turn, or refused.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Sequence
from typing import Any

from dbwright.core.errors import ReadRefused
from dbwright.core.reading import Allowed
from dbwright.dialects.mysql import reading_catalog, reading_names, reading_texts
from dbwright.dialects.mysql.reading_words import WAY_OUT, Word, query, refuse_long, words

_LONGEST = 200_000
_MOST = 200
_SHORTEST = 5.0
"""Seconds that the guard has in any case: its own work is no fault of the statement's."""
_QUERIES = ("select", "with", "values", "table", "(")
_EXPLAINS = ("explain", "describe", "desc", "analyze")
_STORED = re.compile(r"\s*(?:begin\s+)?return\s+(?P<value>[^;]*?)\s*;?\s*(?:end)?\s*", re.I | re.S)


def allowed(connection: Any, sql: str, analyze: bool = False, seconds: float = 60) -> Allowed:
    """Gives the statement as it may run; ReadRefused names what in it may not, and the way out.

    It looks no longer than `seconds`, or 5. Raises pymysql.err.Error where
    the catalog cannot be asked.
    """
    if len(sql) > _LONGEST:
        raise ReadRefused(f"the statement is longer than {_LONGEST:,} characters")
    found = words(sql)
    refuse_long(found)
    first = found[0].text if found else ""
    guard = _Guard(connection, seconds)
    if first == "show":
        _refuse_shown(found)
        guard.look(found, "")
        texts = any(word.text == "processlist" for word in found)
        return Allowed(sql, "list", texts, settings=True)
    if first in _EXPLAINS:
        at = _explained(found, analyze)
        if at is None:
            guard.look(found, "")
            return Allowed(sql, "list")
        guard.query(sql[found[at].start :], found[at:])
        return Allowed(sql, "plan")
    if first not in _QUERIES:
        raise ReadRefused(
            f"the read is refused: it begins with {first.upper() or 'nothing'}", way_out=WAY_OUT
        )
    tree = guard.query(sql, found)
    names = {word.text for word in found}
    texts = bool((names | guard.behind) & reading_names.TEXT_TABLES)
    behind = bool(guard.behind & reading_names.TEXT_TABLES)
    places: tuple[int, ...] = ()
    if texts:
        places = reading_texts.places_shown(tree, behind)
        tested = reading_texts.words_tested(tree)
        reading_texts.refuse_words(tested - reading_catalog.names_of_tables(connection, tested))
    settings = "@@" in names or any("variables" in name for name in names)
    return Allowed(sql, "rows", texts, settings, places)


def refuse_calls(connection: Any, found: Sequence[Word]) -> None:
    """Raises ReadRefused where a statement that writes calls what a read may not."""
    _Guard(connection).look(found, "", writes=True)


def _refuse_shown(found: Sequence[Word]) -> None:
    rest = [word.text for word in found[1:]]
    while rest and rest[0] in reading_names.SHOW_MODIFIERS:
        rest.pop(0)
    what = rest[0] if rest else ""
    known = what in reading_names.SHOWN
    if what == "create":
        known = len(rest) > 1 and rest[1] in reading_names.SHOWN_CREATE
    if what in ("procedure", "function"):
        known = rest[1:2] == ["status"]
    if what == "grants":
        known = "for" not in rest
    if not known:
        raise ReadRefused(
            f"the read is refused: SHOW {what.upper()} may tell secrets, or is not known here",
            way_out=WAY_OUT,
        )


def _explained(found: Sequence[Word], analyze: bool) -> int | None:
    """Gives the place of the query that is explained, None where a table is described."""
    runs = False
    for at, word in enumerate(found):
        runs = runs or (word.text == "analyze" and not word.quoted)
        if at and word.text in _QUERIES and not word.quoted:
            if runs and not analyze:
                raise ReadRefused(
                    "ANALYZE runs the statement, and this read may not",
                    way_out="Leave ANALYZE out, or ask for it with the limit:  --analyze",
                )
            return at
        if word.text in ("for", "insert", "replace", "update", "delete", "call", "do", "set"):
            break
    else:
        if not runs and found[0].text != "analyze":
            return None
    raise ReadRefused("the read is refused: it explains what is no query", way_out=WAY_OUT)


# What a body is, the server reads by the modes that were set when it was made.
_READ_OTHERWISE = (("ANSI_QUOTES", '"'), ("NO_BACKSLASH_ESCAPES", "\\"))


def _refuse_modes(stored: reading_catalog.Stored, inside: str) -> None:
    modes = stored.modes.split(",")
    for mode, sign in _READ_OTHERWISE:
        if "ORACLE" in modes or (mode in modes and sign in (stored.body or "")):
            raise ReadRefused(
                f"the read is refused: {inside}it was made under another sql_mode "
                f"({'ORACLE' if 'ORACLE' in modes else mode}), by which its text reads otherwise",
                way_out="Write what it computes in the statement.",
            )


class _Guard:
    """What has been looked at so far; `behind` are the names in views and stored functions."""

    def __init__(self, connection: Any, seconds: float = 60) -> None:
        self.connection = connection
        self.seconds = max(seconds, _SHORTEST)
        self.began = time.monotonic()
        self.seen: set[tuple[str, str]] = set()
        self.behind: set[str] = set()

    def query(self, sql: str, found: Sequence[Word], place: str = "") -> Any:
        """Looks at a query and all that it leads to; gives its tree."""
        self.look(found, place)
        return None if found[0].text in ("values", "table") else query(sql)

    def look(self, found: Sequence[Word], place: str, writes: bool = False) -> None:
        """Raises ReadRefused for what a read may not say, and for what stored things may not."""
        if len(self.seen) > _MOST:
            raise ReadRefused(f"the statement leads to more than {_MOST} views and functions")
        if time.monotonic() - self.began > self.seconds:
            raise ReadRefused(
                f"what the statement leads to could not be looked at in {self.seconds:g} s",
                way_out="Read tables instead of views and functions, or less at a time.",
            )
        shows = writes or (found[0].text == "show" if found else False)
        for word, after in zip(found, (*found[1:], Word("")), strict=True):
            self._word(word, after, place, shows)
        self._tables(found, place)
        self._called(found, place)
        self._views(found, place)

    def _word(self, word: Word, after: Word, place: str, shows: bool) -> None:
        if word.quoted:
            return
        why = reading_names.PAIRS.get((word.text, "" if after.quoted else after.text))
        if not shows and after.text != "(":
            why = why or reading_names.WORDS.get(word.text)
        if why:
            raise ReadRefused(f"the read is refused: {place}{why}", way_out=WAY_OUT)

    def _tables(self, found: Sequence[Word], place: str) -> None:
        here = reading_catalog.database(self.connection)
        inside = here.lower() in ("mysql", "performance_schema")
        for at, word in enumerate(found):
            why = reading_names.SECRET_TABLES.get(word.text)
            qualified = at >= 2 and found[at - 1].text == "."
            schema = found[at - 2].text if qualified else here.lower() if inside else ""
            if why and (schema in ("mysql", "performance_schema", "information_schema") or inside):
                raise ReadRefused(f"the read is refused: {place}it reads {word.text}: {why}")
            if qualified and schema == "mysql" and word.text not in reading_names.PLAIN_OF_MYSQL:
                raise ReadRefused(
                    f"the read is refused: {place}it reads mysql.{word.text}: the schema mysql "
                    "holds accounts",
                    way_out="SHOW GRANTS tells what you may; help and time zones are open.",
                )
        if here.lower() == "mysql" and any(
            word.text in ("from", "join", "table") for word in found
        ):
            raise ReadRefused(
                "the read is refused: the URL names the schema mysql, which holds accounts",
                way_out="Name another database in the URL.",
            )

    def _called(self, found: Sequence[Word], place: str) -> None:
        called = {}
        for at, (word, after) in enumerate(itertools.pairwise(found)):
            if after.text == "(" and word.text and (word.quoted or word.text[0].isidentifier()):
                schema = found[at - 2].text if at >= 2 and found[at - 1].text == "." else None
                called[word.text] = schema
                self._native(word.text, place)
        for name in called:
            if ("function", name) not in self.seen:
                self.seen.add(("function", name))
                self._stored(name, place)

    def _native(self, name: str, place: str) -> None:
        why = reading_names.FUNCTIONS.get(name) or next(
            (said for start, said in reading_names.PREFIXES.items() if name.startswith(start)), None
        )
        if why:
            raise ReadRefused(f"the read is refused: {place}it calls {name}(): {why}")

    def _stored(self, name: str, place: str) -> None:
        if reading_catalog.is_loaded(self.connection, name):
            raise ReadRefused(
                f"the read is refused: {place}it calls {name}(), which is loaded from a library, "
                "where dbwright cannot see what it does"
            )
        for each in reading_catalog.routines(self.connection, name):
            inside = f"{place}the function {each.schema}.{each.name}: "
            match = _STORED.fullmatch(each.body or "")
            if match is None:
                raise ReadRefused(
                    f"the read is refused: {inside}it is more than one RETURN, or its body is not "
                    "to be seen, and nothing tells whether it only reads",
                    way_out="Write what it computes in the statement, or let a human run it.",
                )
            _refuse_modes(each, inside)
            found = words(f"select {match['value']}")
            reads = any(word.text == "from" and not word.quoted for word in found)
            if reads and each.definer:
                raise ReadRefused(
                    f"the read is refused: {inside}it reads tables with the rights of its owner",
                    way_out="Write what it computes in the statement.",
                )
            self.behind |= {word.text for word in found}
            self.look(found, inside)

    def _views(self, found: Sequence[Word], place: str) -> None:
        names = {word.text for word in found if word.text and ("view", word.text) not in self.seen}
        self.seen |= {("view", name) for name in names}
        for table, engine in reading_catalog.elsewhere(self.connection, sorted(names)):
            raise ReadRefused(
                f"the read is refused: {place}{table} is a table of {engine}, which reaches files "
                "or other servers",
                way_out="Read it where it lives.",
            )
        for each in reading_catalog.views(self.connection, sorted(names)):
            inside = f"{place}the view {each.schema}.{each.name}: "
            if not each.body:
                raise ReadRefused(
                    f"the read is refused: {inside}its definition is not to be seen",
                    way_out=f"GRANT SHOW VIEW ON {each.schema}.* to the role.",
                )
            body = words(each.body)
            self.behind |= {word.text for word in body}
            self.look(body, inside)
