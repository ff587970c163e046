"""Coupons: making codes, finding the one that a customer typed."""

import random
import string
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Coupon

# Without the letters and digits that people mix up.
ALPHABET = "".join(sorted(set(string.ascii_uppercase + string.digits) - set("O0I1")))


def generate_code(length: int = 8) -> str:
    return "".join(random.choices(ALPHABET, k=length))


async def create_coupon(
    session: AsyncSession, percent_off: int, days: int, code: str | None = None
) -> Coupon:
    """Make a coupon that is valid from now on."""
    now = datetime.now(UTC)
    coupon = Coupon(
        code=code or generate_code(),
        percent_off=percent_off,
        starts_at=now,
        ends_at=now + timedelta(days=days),
    )
    session.add(coupon)
    await session.flush()
    return coupon


async def find_coupon(session: AsyncSession, code: str) -> Coupon | None:
    """Give the coupon for a code, if it may be used now."""
    now = datetime.now(UTC)
    return await session.scalar(
        select(Coupon).where(
            Coupon.code == code.strip().upper(),
            Coupon.deleted_at.is_(None),
            Coupon.starts_at <= now,
            Coupon.ends_at > now,
        )
    )


async def delete_coupon(session: AsyncSession, coupon: Coupon) -> None:
    """Take a coupon out of use. Orders still point at it, so its row stays."""
    coupon.deleted_at = datetime.now(UTC)
    await session.flush()
