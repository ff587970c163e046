"""Texts of others' statements: shown without their constants, never computed with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from dbwright.core.errors import ReadRefused
from dbwright.dialects.mysql.reading_names import TEXT_COLUMNS

_WAY_OUT = (
    "Read that column by itself and under its own name: its constants are left out there. It may "
    "be tested in WHERE with LIKE or = for words of SQL and names of tables."
)
_TESTS = (exp.Like, exp.EQ, exp.NEQ, exp.Is, exp.RegexpLike)


def places_shown(tree: exp.Expr | None, through_view: bool) -> tuple[int, ...]:
    """Gives the places of the answer's columns that hold statements, or their beginnings.

    Raises ReadRefused where a statement's text is put into another expression or, within, under
    another name.
    """
    if through_view:
        raise ReadRefused(
            "the read is refused: a view or function in it reads the texts of others' statements",
            way_out="Read the tables of the server themselves.",
        )
    if tree is None:  # TABLE has all columns under their own names
        return ()
    if tree.find(exp.SetOperation) or any(
        alias.args.get("columns") for alias in tree.find_all(exp.TableAlias)
    ):
        raise ReadRefused(
            "the read is refused: UNION and new names hide the texts of others' statements",
            way_out=_WAY_OUT,
        )
    if any(_joins_by_name(join) for join in tree.find_all(exp.Join)):
        raise ReadRefused(
            "the read is refused: a join by names compares the texts of others' statements",
            way_out=_WAY_OUT,
        )
    outermost = {id(column): at for column, at in _outermost(tree)}
    for column in tree.find_all(exp.Column):
        named = column.name.lower() in TEXT_COLUMNS
        if named and id(column) not in outermost and not _is_plain(tree, column):
            raise ReadRefused(
                "the read is refused: it computes with the texts of others' statements",
                way_out=_WAY_OUT,
            )
    return tuple(outermost.values())


_PLAIN_WORDS = re.compile(r"[%^$\s\w]*")
_BETWEEN = re.compile(r"[%^$\s]+")
_SHORTEST = 4
"""Letters of a word that others' statements are searched for: shorter ones are parts of words."""


def words_tested(tree: exp.Expr | None) -> set[str]:
    """Gives the words that others' statements are searched for, words of SQL left out.

    What is no text of plain words raises ReadRefused: a letter of a constant could be asked for,
    and the next one then.
    """
    found: set[str] = set()
    for column in tree.find_all(exp.Column) if tree is not None else ():
        test = column.parent
        if column.name.lower() not in TEXT_COLUMNS or not isinstance(test, _TESTS):
            continue
        other = test.expression if test.this is column else test.this
        if isinstance(other, exp.Null):
            continue
        if not isinstance(other, exp.Literal) or not _PLAIN_WORDS.fullmatch(other.this):
            raise ReadRefused(
                "the read is refused: it searches others' statements for what are no plain words",
                way_out=_WAY_OUT,
            )
        found |= set(_BETWEEN.split(other.this.lower())) - {""}
    return {word for word in found if not _is_of_sql(word)}


def _is_of_sql(word: str) -> bool:
    return word.upper() in MySQL.Tokenizer.KEYWORDS and word.isalpha() and len(word) >= _SHORTEST


def refuse_words(words: set[str]) -> None:
    """Raises ReadRefused where words are left that are names of nothing."""
    if words:
        raise ReadRefused(
            f"the read is refused: it searches others' statements for {min(words)!r}, which is "
            "no word of SQL and no name of a table",
            way_out=_WAY_OUT,
        )


def _outermost(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    """Gives the columns that are shown at last, or whose beginning is, and as which columns."""
    if not isinstance(tree, exp.Select) or any(each.is_star for each in tree.expressions):
        return
    for at, shown in enumerate(tree.expressions):
        value = shown.unalias()
        if isinstance(value, exp.Left):
            value = value.this
        elif isinstance(value, exp.Substring):
            start = value.args.get("start")
            value = value.this if isinstance(start, exp.Literal) and start.this == "1" else value
        if isinstance(value, exp.Column) and value.name.lower() in TEXT_COLUMNS:
            yield value, at


def _joins_by_name(join: exp.Join) -> bool:
    named = {each.name.lower() for each in join.args.get("using") or ()}
    return str(join.args.get("method") or "").upper() == "NATURAL" or bool(named & TEXT_COLUMNS)


def _is_plain(tree: exp.Expr, column: exp.Column) -> bool:
    parent = column.parent
    if isinstance(parent, exp.Select):
        return parent is tree or (
            isinstance(parent.parent, exp.Subquery)
            and isinstance(parent.parent.parent, (exp.From, exp.Join))
        )
    if isinstance(parent, (exp.Ordered, exp.Group)):
        return True
    return isinstance(parent, _TESTS) and column.find_ancestor(exp.Where) is not None


def without_constants(text: str) -> str:
    """Gives a statement, or its beginning, with ? for its constants and without its comments.

    >>> without_constants("select * from t where a = 'secret' and b = 7")
    'select * from t where a = ? and b = ?'
    >>> without_constants("set password = 'sec")
    'set password =…'
    """
    end, tokens = len(text), None
    while tokens is None:
        try:
            tokens = MySQL().tokenize(text[:end])
        except SqlglotError:
            # what is open at the end of a statement that was cut is a constant, or a comment
            end = max(text.rfind(sign, 0, end) for sign in ("'", '"', "`", "/*"))
            end = max(end, 0)
    pieces, at = [], 0
    for token in tokens:
        between = "" if text[at : token.start].strip() else text[at : token.start]
        constant = token.token_type in _CONSTANTS
        pieces += [between or " " * (at < token.start), "?" if constant else
                   text[token.start : token.end + 1]]  # fmt: skip
        at = token.end + 1
    return "".join(pieces) + ("…" if end < len(text) else "")


_CONSTANTS = frozenset(
    (
        *(TokenType.STRING, TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING),
        *(TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING),
    )
)
