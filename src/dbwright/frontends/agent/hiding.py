"""What a model is not shown: values of statements and rows, secrets, what identifies a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dbwright.core.secrets import redacted
from dbwright.frontends.agent.tokens import sql_tokens
from dbwright.render.parts import printable

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

VALUE = "?"
_SECRETS = (
    (re.compile(r"(?i)\b(secret|token|api[_-]?key)(\s*[=:]\s*)[^\s,;)}\]]+"), r"\1\2…"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), VALUE),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), VALUE),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?!\.)"), VALUE),
    (re.compile(r"(?<![\w.,])\+?\d(?:[ -]?\d){9,}(?![\w.])"), VALUE),
    (re.compile(r"\b(?:sk|pk|ghp|xox[bp])[-_][\w-]{16,}"), "…"),
)  # fmt: skip
"""Tokens, mail addresses, UUIDs, network addresses, numbers as long as those of cards and
telephones, keys of providers."""
_NAMED = re.compile(r"(?<![:\w]):v(\d{1,4})\b")
_ROW = re.compile(r"(?i)(\bkey \([^)]*\)=|failing row contains |with: )\([^\n]*?\)(?=[\s.;,]|$)")
_QUOTED = re.compile(r"'((?:[^'\n]|'')*)'")
_SQL_KEYS = {"sql", "query", "statement", "statements"}


@dataclass(slots=True)
class Hiding:
    """Takes values out of what is sent. `names` are those of the schema, which are shown.

    `values` are the literals of statements that were looked at: they are hidden wherever they
    stand. `named` are the literals, as they were written, that `:v1`, `:v2` … stand for.
    """

    names: set[str] = field(default_factory=set)
    dialect: str = "postgresql"
    values: set[str] = field(default_factory=set)
    named: list[str] = field(default_factory=list)

    def learn(self, sql: str) -> None:
        """Takes down the literals of a statement."""
        self.values |= {text for text, _, _ in literals(sql, self.dialect) if len(text) > 1}

    def statement(self, sql: str) -> str:
        """Gives a statement with `:v1` for each literal, and without its comments."""
        found, end = [], 0
        for token in sql_tokens(sql, self.dialect) or ():
            gap = sql[end : token.start]
            text = sql[token.start : token.end + 1]
            text = self._name(text) if _is_literal(token) else text
            found += [gap if not gap.strip() else " ", text]
            end = token.end + 1
        return printable("".join(found).strip()) or VALUE

    def _name(self, literal: str) -> str:
        if literal not in self.named:
            self.named.append(literal)
        return f":v{self.named.index(literal) + 1}"

    def restored(self, text: str) -> str:
        """Gives a text with the literals that names in it stand for."""

        def literal(match: re.Match[str]) -> str:
            number = int(match[1])
            return self.named[number - 1] if 0 < number <= len(self.named) else match[0]

        return _NAMED.sub(literal, text)

    def text(self, text: str) -> str:
        """Gives prose or code without known values, secrets and quoted values."""
        text, _ = redacted(text)
        text = _ROW.sub(rf"\1({VALUE})", printable(text))
        text = _QUOTED.sub(self._quoted, text)
        for value in sorted(self.values, key=len, reverse=True):
            if value in text and (len(value) > 3 or not value.isdigit()):
                edge = r"(?<![\w.])" + re.escape(value) + r"(?![\w.])"
                text = re.sub(edge, VALUE, text)
        for pattern, instead in _SECRETS:
            text = pattern.sub(instead, text)
        return text

    def _quoted(self, match: re.Match[str]) -> str:
        inner = match[1]
        words = re.findall(r"\w+", inner)
        known = bool(words) and all(word.casefold() in self.names for word in words)
        return match[0] if known else f"'{VALUE}'"

    def document(self, value: Any, key: str = "") -> Any:
        """Gives data with each text of it made fit to be sent."""
        if isinstance(value, str):
            return self.statement(value) if key in _SQL_KEYS else self.text(value)
        if isinstance(value, dict):
            return {printable(str(k)): self.document(v, str(k)) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.document(item, key) for item in value]
        return value


def literals(sql: str, dialect: str) -> Iterator[tuple[str, int, int]]:
    """Yields each literal of a statement: its value, where it begins and ends."""
    tokens = sql_tokens(sql, dialect)
    if tokens is None:
        yield sql, 0, len(sql)  # what cannot be read is not sent
        return
    for token in tokens:
        if _is_literal(token):
            yield token.text, token.start, token.end + 1


def _is_literal(token: Token) -> bool:
    name = token.token_type.name
    return name == "NUMBER" or name.endswith("STRING")
