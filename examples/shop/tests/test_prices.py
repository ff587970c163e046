"""Arithmetic and small things that need no database."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.orm import configure_mappers

from shop.models import Base, User
from shop.security import hash_password, verify_password
from shop.services.catalog import slugify
from shop.services.checkout import discounted, new_order_number
from shop.services.coupons import ALPHABET, generate_code


def test_mappers_are_complete() -> None:
    configure_mappers()
    assert len(Base.metadata.tables) == 24


def test_discount_is_rounded_to_cents() -> None:
    assert discounted(Decimal("19.95"), 10) == Decimal("17.96")
    assert discounted(Decimal("19.95"), 100) == Decimal("0.00")


def test_order_number_starts_with_the_year() -> None:
    number = new_order_number(datetime(2026, 5, 1, tzinfo=UTC))
    assert number.startswith("2026-")
    assert len(number) == 11


def test_slug_is_plain_ascii() -> None:
    assert slugify("Café Crème, 250 g") == "cafe-creme-250-g"
    assert slugify("咖啡") == "product"


def test_coupon_code_has_no_letters_that_look_alike() -> None:
    assert set(generate_code(200)) <= set(ALPHABET)
    assert not set("O0I1") & set(ALPHABET)


def test_password_is_hashed_and_verified() -> None:
    stored = hash_password("correct horse battery")
    assert "horse" not in stored
    assert verify_password("correct horse battery", stored)
    assert not verify_password("wrong horse battery", stored)


def test_repr_of_a_user_has_no_personal_data() -> None:
    user = User(id=7, email="ada@example.com", full_name="Ada Lindqvist")
    assert repr(user) == "<User 7>"
