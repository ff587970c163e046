"""Secrets in what a database answers: passwords in connection strings, hashes, private keys.

Free text has no grammar to read it by, so these are patterns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

HIDDEN = "***"
_PATTERNS = (
    (
        "password in a URL",
        re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,99}:)[^\s@/]+(?=@)", re.I),
    ),
    (
        "password in a connection string",
        re.compile(
            r"(\b(?:password|passwd|pwd|sslpassword)[\"']?\s*[=:]\s*)"
            r"(?:'(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|[^\s,;&'\"})\]]+)",
            re.I,
        ),
    ),
    (
        "password in a statement",
        re.compile(
            r"(\b(?:password|identified\s+(?:by|via|with)\b[^']{0,99})\s+)'(?:[^'\\]|\\.|'')*'",
            re.I,
        ),
    ),
    (
        "password hash of a role",
        re.compile(r"(SCRAM-SHA-256\$)[^\s'\"]+|()\bmd5[0-9a-f]{32}\b|()(?<!\w)\*[0-9A-F]{40}\b"),
    ),
    (
        "private key",
        re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END[^-]*-----|\Z)", re.S),
    ),
)
_SECRET_SETTINGS = frozenset(("primary_conninfo", "ssl_passphrase_command"))
_SECRET_WORDS = ("password", "passwd", "secret", "token", "credential", "private_key", "api_key")
# Names of the server's own that hold such a word and no secret.
_PLAIN_SETTINGS = frozenset(("password_encryption", "passwordcheck", "scram_iterations"))


def is_secret_setting(name: str) -> bool:
    """Whether a setting's value is not for others.

    >>> is_secret_setting("app.jwt_secret"), is_secret_setting("work_mem")
    (True, False)
    """
    lowered = name.lower()
    if lowered in _PLAIN_SETTINGS:
        return False
    return lowered in _SECRET_SETTINGS or any(word in lowered for word in _SECRET_WORDS)


def redacted(text: str, known: Collection[str] = ()) -> tuple[str, tuple[str, ...]]:
    """Gives a text without its secrets, and what was taken out. `known` are secrets themselves.

    >>> redacted("host=db password=hunter2 user=me")
    ('host=db password=*** user=me', ('password in a connection string',))
    """
    found = []
    for secret in known:
        if secret and secret in text:
            text = text.replace(secret, HIDDEN)
            found.append("value of a secret setting")
    for what, pattern in _PATTERNS:
        text, many = pattern.subn(_hidden, text)
        if many:
            found.append(what)
    return text, tuple(found)


def _hidden(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group is not None), "") + HIDDEN


def texts_in(value: Any) -> Iterator[str]:
    """Gives the texts in a JSON-able value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from texts_in(item)
