"""Names: what is a secret, money, a status, and what only looks like one."""

from __future__ import annotations

import pytest

from dbwright.recipes import model_annotations, model_words


@pytest.mark.parametrize(
    "name",
    ["password", "api_token", "apiToken", "token", "secret_key", "client_secret", "card_number",
     "refresh_token", "aws_access_key", "user_password"],
)  # fmt: skip
def test_secrets_are_told_by_their_names(name: str):
    assert model_words.secret(name)


@pytest.mark.parametrize(
    "name",
    ["password_hash", "hashed_password", "token_count", "token_digest", "secret_santa",
     "card_last4", "password_changed_at",
     "encrypted_api_key", "is_password_set", "csrf_token", "public_key",
     "token_type", "tokens", "max_tokens", "secret_id", "passport", "keyword", "session_token_id"],
)  # fmt: skip
def test_names_that_only_look_like_secrets_are_none(name: str):
    assert model_words.secret(name) is None


@pytest.mark.parametrize("name", ["price", "unit_price", "total_amount", "balance", "fee_eur"])
def test_money_is_told_by_its_name(name: str):
    assert model_words.is_money(name, "lines")


@pytest.mark.parametrize(
    "name", ["price_ratio", "tax_rate", "weight", "total_time", "score", "interest", "total"]
)
def test_rates_and_measures_are_no_money(name: str):
    assert not model_words.is_money(name, "runs")


def test_a_status_of_somebody_else_is_not_ours():
    assert model_words.is_status("payment_status")
    assert not model_words.is_status("http_status")
    assert not model_words.is_status("status_code")


def test_tables_are_found_in_singular_and_plural():
    assert {"category", "categories"} <= set(model_words.table_names("category"))
    assert {"address", "addresses"} <= set(model_words.table_names("address"))


@pytest.mark.parametrize(
    ("annotation", "bare"),
    [("str | None", "str"), ("Optional[str]", "str"), ("None | int", "int"),
     ("'User | None'", "User"), ("Union[int, None]", "int"), ("dict[str, Any]", "dict[str, Any]")],
)  # fmt: skip
def test_none_is_taken_out_of_an_annotation(annotation: str, bare: str):
    assert model_annotations.required(annotation) == bare


def test_none_is_written_as_the_file_writes_it():
    assert model_annotations.optional("str", "x: int | None") == "str | None"
    assert model_annotations.optional("str", "from typing import Optional") == "Optional[str]"
    assert model_annotations.optional('"User"', "") == '"User | None"'
