"""The form of a file beside its text: encoding, mark, line ends. All are kept."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass

PLAIN = "\n"


@dataclass(frozen=True, slots=True)
class Form:
    """How a file's text stands in bytes. `newline` is "" where its lines end in several ways."""

    encoding: str = "utf-8"
    newline: str = PLAIN


def form_of(content: bytes) -> Form:
    """Gives the form of a file; SyntaxError or LookupError for an encoding that nobody knows.

    >>> form_of(b"a = 1\\r\\nb = 2\\r\\n")
    Form(encoding='utf-8', newline='\\r\\n')
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    crlf = content.count(b"\r\n")
    lone = content.count(b"\n") - crlf
    old = content.count(b"\r") - crlf
    kinds = [end for end, count in (("\r\n", crlf), ("\n", lone), ("\r", old)) if count]
    return Form(encoding, "" if len(kinds) > 1 else (kinds or [PLAIN])[0])


def text_of(content: bytes, form: Form) -> str:
    """Gives the text as it is worked with: no mark in front, lines that end in one sign."""
    return content.decode(form.encoding).replace("\r\n", PLAIN).replace("\r", PLAIN)


def bytes_of(text: str, form: Form) -> bytes:
    """Gives a text in the form that its file had; UnicodeEncodeError where it does not fit."""
    return text.replace(PLAIN, form.newline or PLAIN).encode(form.encoding)
