"""The pages of the store, served by an async application."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Order, User


async def order_page(session: AsyncSession, order_id: int) -> dict:
    order = await session.scalar(select(Order).where(Order.id == order_id))
    return {"id": order.id, "lines": [item.quantity for item in order.items]}


async def sign_up(session: AsyncSession, email: str) -> User:
    user = User(email=email)
    session.add(user)
    await session.commit()
    return user


async def place_order(session: AsyncSession, user_id: int) -> Order:
    order = Order(user_id=user_id, total=0)
    session.add(order)
    await session.commit()
    return order
