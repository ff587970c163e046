"""From a basket to a paid order."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import (
    AuditEvent,
    Coupon,
    Order,
    OrderItem,
    Payment,
    PaymentStatus,
    ProductVariant,
    StockLevel,
)

CENT = Decimal("0.01")


class OutOfStockError(Exception):
    """A variant is not on the shelf in the quantity that was asked for."""


def new_order_number(now: datetime) -> str:
    return f"{now.year}-{secrets.randbelow(10**6):06d}"


def discounted(amount: Decimal, percent_off: int) -> Decimal:
    """Take some percent off an amount; halves of a cent go to the customer."""
    return (amount * (100 - percent_off) / 100).quantize(CENT)


async def place_order(
    session: AsyncSession,
    user_id: int,
    address_id: int,
    basket: Mapping[int, int],
    coupon: Coupon | None = None,
    channel: str = "web",
    note: str | None = None,
) -> Order:
    """Turn a basket (variant: quantity) into an order and reserve its goods."""
    variants = await session.scalars(
        select(ProductVariant).where(ProductVariant.id.in_(basket)).order_by(ProductVariant.id)
    )
    items = [
        OrderItem(
            variant_id=variant.id,
            quantity=basket[variant.id],
            unit_price=Decimal(str(variant.price)),
        )
        for variant in variants
    ]
    for item in items:
        await _reserve(session, item.variant_id, item.quantity)
    total = sum((item.quantity * item.unit_price for item in items), Decimal(0))
    order = Order(
        number=new_order_number(datetime.now(UTC)),
        user_id=user_id,
        shipping_address_id=address_id,
        coupon_id=coupon.id if coupon else None,
        sales_channel=channel,
        total_amount=discounted(total, coupon.percent_off) if coupon else total,
        customer_note=note,
        items=items,
    )
    session.add(order)
    await session.flush()
    return order


async def _reserve(session: AsyncSession, variant_id: int, quantity: int) -> None:
    """Reserve goods in the warehouse that has the most of them."""
    level = await session.scalar(
        select(StockLevel)
        .where(
            StockLevel.variant_id == variant_id,
            StockLevel.on_hand - StockLevel.reserved >= quantity,
        )
        .order_by((StockLevel.on_hand - StockLevel.reserved).desc())
        .limit(1)
        .with_for_update()
    )
    if level is None:
        raise OutOfStockError(variant_id)
    level.reserved += quantity


async def record_payment(
    session: AsyncSession, order: Order, provider: str, provider_payment_id: str, amount: Decimal
) -> Payment:
    """Write down a captured payment and mark the order as paid."""
    payment = Payment(
        order_id=order.id,
        provider=provider,
        provider_payment_id=provider_payment_id,
        status=PaymentStatus.CAPTURED,
        amount=amount,
    )
    order.status = "paid"
    session.add_all(
        [
            payment,
            AuditEvent(
                action="order.paid",
                object_type="order",
                object_id=str(order.id),
                details={"provider": provider, "amount": str(amount)},
            ),
        ]
    )
    await session.flush()
    return payment
