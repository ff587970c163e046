"""The tokens of code: to compare it without its layout, and to find its literals."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

GRAMMARS = {"postgresql": "postgres", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}
_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip


def sql_tokens(sql: str, dialect: str) -> Sequence[Token] | None:
    """Gives the tokens of SQL, comments left out; None for a text that has none."""
    import sqlglot

    try:
        return sqlglot.tokenize(sql, read=GRAMMARS.get(dialect, "postgres"))
    except sqlglot.errors.SqlglotError:
        return None


def code_tokens(code: str, language: str) -> tuple[str, ...]:
    """Gives the tokens of Python, or of a dialect's SQL with its words in one case."""
    if language == "python":
        try:
            read = tokenize.generate_tokens(io.StringIO(code).readline)
            return tuple(token.string for token in read if token.type not in _LAYOUT)
        except (tokenize.TokenError, SyntaxError):
            return tuple(code.split())
    found = sql_tokens(code, language)
    if found is None:
        return tuple(code.split())
    return tuple(
        f"'{token.text}'" if token.token_type.name == "STRING" else token.text.casefold()
        for token in found
        if token.token_type.name != "SEMICOLON"
    )


def within(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Whether tokens stand in others in one piece."""
    size = len(inner)
    return size > 0 and any(
        outer[at] == inner[0] and tuple(outer[at : at + size]) == tuple(inner)
        for at in range(len(outer) - size + 1)
    )
