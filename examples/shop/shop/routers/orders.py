"""Checkout for customers, the list of orders for the back office."""

from collections.abc import Sequence
from decimal import Decimal

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import select

from shop import queries
from shop.db import SessionDep
from shop.models import Order, Payment, PaymentStatus
from shop.schemas import Checkout, OrderOut, OrderWithPayments
from shop.services.checkout import OutOfStockError, place_order
from shop.services.coupons import find_coupon
from shop.settings import get_settings

router = APIRouter(prefix="/orders", tags=["orders"])


@router.post("", status_code=201, response_model=OrderOut)
async def checkout(body: Checkout, session: SessionDep) -> Order:
    coupon = None
    if body.coupon_code and (coupon := await find_coupon(session, body.coupon_code)) is None:
        raise HTTPException(422, "This coupon is not valid")
    basket = {line.variant_id: line.quantity for line in body.lines}
    try:
        return await place_order(
            session, body.user_id, body.address_id, basket, coupon, note=body.note
        )
    except OutOfStockError as error:
        raise HTTPException(409, f"Variant {error} is out of stock") from error


@router.get("", response_model=list[OrderOut])
async def list_orders(
    session: SessionDep, status: str | None = None, page: int = Query(1, ge=1)
) -> Sequence[Order]:
    return await queries.list_orders(session, status, page, get_settings().page_size)


@router.get("/unsettled")
async def unsettled(session: SessionDep) -> list[OrderWithPayments]:
    """List the packed orders that are not paid in full."""
    answer = []
    for order in await queries.list_orders(session, "packed", page=1, size=200):
        payments = await session.scalars(
            select(Payment).where(
                Payment.order_id == order.id, Payment.status == PaymentStatus.CAPTURED
            )
        )
        paid = sum((payment.amount for payment in payments), Decimal(0))
        if paid < order.total_amount:
            fields = OrderOut.model_validate(order).model_dump()
            answer.append(OrderWithPayments(**fields, paid=paid))
    return answer
