"""What the pages of the store read."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.models import Order, OrderItem


def orders_page(session: Session) -> list[dict]:
    rows = []
    for order in session.scalars(select(Order).order_by(Order.placed_at.desc()).limit(50)):
        rows.append({"buyer": order.user.name, "lines": len(order.items)})
    return rows


def orders_of_day(session: Session, day: str) -> list[Order]:
    return list(session.scalars(select(Order).where(func.date(Order.placed_at) == day)))


def sold(session: Session, product_id: int) -> int:
    return session.scalar(
        select(func.sum(OrderItem.quantity)).where(OrderItem.product_id == product_id)
    )
