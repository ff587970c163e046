"""Secrets are taken out of texts, quickly, and what is none is left."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.core.secrets import redacted

SECRETS = [
    "postgresql+psycopg://me:hunter2@host/shop",
    "host=db password=hunter2 user=me",
    "host=db password = 'hunter2 \\' x' user=me",
    '{"password": "hunter2"}',
    "CREATE USER a IDENTIFIED BY 'hunter2'",
    "GRANT USAGE ON *.* TO a IDENTIFIED VIA ed25519 USING 'hunter2'",
    "alter role a with password 'hunter2'",
    "-----BEGIN RSA PRIVATE KEY-----\nhunter2",
]


@pytest.mark.parametrize("text", SECRETS)
def test_secret_is_taken_out(text: str) -> None:
    clean, found = redacted(text)
    assert "hunter2" not in clean
    assert "***" in clean
    assert found


def test_hashes_of_passwords_are_taken_out() -> None:
    for text in (
        "SCRAM-SHA-256$4096:c2FsdA==$a2V5:c2VydmVy",
        "md5d41d8cd98f00b204e9800998ecf8427e",
        "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
    ):
        assert redacted(text)[0] in ("***", "SCRAM-SHA-256$***")


def test_what_is_no_secret_stays() -> None:
    for text in (
        "select password_hash from users where password is not null",
        "https://example.com:8080/a@b",
        "a@example.com, +49 30 1234",
        "d41d8cd98f00b204e9800998ecf8427e",
    ):
        assert redacted(text) == (text, ())


@given(st.text(max_size=200))
def test_twice_is_once(text: str) -> None:
    clean, _ = redacted(text)
    assert redacted(clean)[0] == clean


@pytest.mark.parametrize(
    "piece", ["a.", "password ", "identified by ", "'", "password='", "a://b:", "\\", "BEGIN -"]
)
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    redacted(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 1
