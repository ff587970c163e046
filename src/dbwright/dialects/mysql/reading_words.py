"""A statement of MySQL or MariaDB word by word, as the server reads it, or refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import expressions as exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from dbwright.core.errors import ReadRefused

WAY_OUT = (
    "A read is one SELECT, VALUES, TABLE, SHOW, DESCRIBE, or EXPLAIN of one. A write goes through "
    "a plan that a human approves:  dbwright apply"
)
# Where this tokenizer and the server's could part ways, the text is refused whatever it means:
# versioned comments are code, comments do not nest, and what stands behind -- decides what it is.
_ODD = (
    (re.compile(r"/\*M?!", re.I), "a comment that the server runs as code (/*! … */)"),
    (re.compile(r"/\*(?:(?!\*/).)*/\*", re.S), "a comment within a comment"),
    (re.compile(r"--[^ \t\r\n!-~]"), "-- before a character that is no space"),
    (re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"), "a control character"),
    (
        re.compile(r"/\*\+[^*]*(?:set_var|max_execution_time|resource_group)", re.I | re.S),
        "a hint that changes a limit",
    ),
)
_STRINGS = frozenset(
    (
        *(TokenType.STRING, TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING),
        *(TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING),
    )
)
_QUERIES = (exp.Query, exp.Values, exp.Table)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or sign in lower case; a name in quotes is `quoted`, a constant has no text."""

    text: str
    quoted: bool = False
    start: int = 0


def words(sql: str) -> tuple[Word, ...]:
    """Gives the words of one statement, a semicolon at its end left out; else ReadRefused."""
    for pattern, what in _ODD:
        if pattern.search(sql):
            raise ReadRefused(f"the read is refused: it holds {what}", way_out="Leave it out.")
    try:
        tokens = MySQL().tokenize(sql)
    except SqlglotError as error:
        raise ReadRefused(
            "the statement cannot be read: a quote or comment is not closed",
            way_out="Close it; a quote within a text is written twice.",
        ) from error
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise ReadRefused("the text holds several statements, and one is run", way_out=WAY_OUT)
    return tuple(
        Word(
            "" if token.token_type in _STRINGS else token.text.lower(),
            token.token_type is TokenType.IDENTIFIER,
            token.start,
        )
        for token in tokens
    )


_DEEPEST = 100
_MOST_WORDS = 12_000
"""Of a query of so many words the reader makes a tree in about a second."""


def refuse_long(found: tuple[Word, ...]) -> None:
    """Raises ReadRefused for a statement whose tree would take too long, or be too deep."""
    depth = deepest = row = 0
    for word in found:
        if not word.quoted:
            depth += (word.text in ("(", "case", "[")) - (word.text in (")", "end", "]"))
        row = 0 if word.text in (",", "(", ")") else row + 1
        deepest = max(deepest, depth, row // _LONGEST_ROW * _DEEPEST)
    if deepest >= _DEEPEST or len(found) > _MOST_WORDS:
        raise ReadRefused(
            f"the statement has {len(found):,} words, up to {deepest} deep: up to {_MOST_WORDS:,} "
            f"are read, and {_DEEPEST} deep",
            way_out="Ask for less at a time, or join with a table of what you ask for.",
        )


_LONGEST_ROW = 1_000
"""Words without a comma or parenthesis: `1 + 1 + 1 + …` is as deep as it is long."""


def query(sql: str) -> exp.Expr:
    """Gives the tree of a query; ReadRefused for what is none, or is not understood."""
    try:
        trees = sqlglot.parse(sql, read="mysql")
    except (SqlglotError, RecursionError) as error:
        text = str(error).splitlines()[0]
        raise ReadRefused(
            f"the statement cannot be read: {text[:200]}",
            way_out="Mend it, or write it in plainer words: what is not understood is not run.",
        ) from error
    found = [tree for tree in trees if tree is not None]
    if len(found) != 1 or not isinstance(found[0], _QUERIES):
        raise ReadRefused("the read is refused: it is no query", way_out=WAY_OUT)
    writes = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Command, exp.Lock)
    if (inside := found[0].find(*writes)) is not None:
        raise ReadRefused(
            f"the read is refused: it holds {type(inside).__name__.upper()}", way_out=WAY_OUT
        )
    return found[0]
