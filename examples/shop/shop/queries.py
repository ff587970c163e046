"""The read side: what pages and reports ask for."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, exists, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from shop.models import (
    Category,
    Order,
    OrderItem,
    Payment,
    PaymentStatus,
    Product,
    ProductVariant,
    Review,
    StockLevel,
    User,
)

SORT_ORDERS = {
    "newest": Product.created_at.desc(),
    "title": Product.title,
}


# Catalog


async def search_products(session: AsyncSession, words: str, limit: int = 20) -> Sequence[Any]:
    """Search the published products by a part of their title."""
    statement = text(
        f"""
        select id, title, slug
        from products
        where is_published and title ilike '%{words}%'
        order by title
        limit :limit
        """
    )
    result = await session.execute(statement, {"limit": limit})
    return result.all()


async def list_products(
    session: AsyncSession, sort: str = "newest", limit: int = 20
) -> Sequence[Product]:
    """List published products with their variants and tags."""
    statement = (
        select(Product)
        .where(Product.is_published)
        .options(selectinload(Product.variants), selectinload(Product.tags))
        .order_by(SORT_ORDERS.get(sort, Product.title), Product.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def product_page(session: AsyncSession, slug: str) -> Product | None:
    return await session.scalar(
        select(Product)
        .where(Product.slug == slug, Product.is_published)
        .options(
            selectinload(Product.variants),
            selectinload(Product.reviews).joinedload(Review.author),
        )
    )


async def count_by_category(session: AsyncSession) -> Sequence[Any]:
    """Count the published products of each category for the menu."""
    statement = (
        select(Category.slug, Category.name, func.count(Product.id))
        .outerjoin(Product, (Product.category_id == Category.id) & Product.is_published)
        .group_by(Category.id)
        .order_by(Category.position)
    )
    return (await session.execute(statement)).all()


async def never_sold(session: AsyncSession) -> Sequence[ProductVariant]:
    """List the variants that nobody has ever ordered."""
    statement = select(ProductVariant).where(ProductVariant.id.notin_(select(OrderItem.variant_id)))
    return (await session.scalars(statement)).all()


async def low_stock(session: AsyncSession, threshold: int = 10) -> Sequence[Any]:
    """List the variants of which all warehouses together have too little."""
    available = func.sum(StockLevel.on_hand - StockLevel.reserved)
    statement = (
        select(ProductVariant.id, ProductVariant.name, available.label("available"))
        .join(StockLevel, StockLevel.variant_id == ProductVariant.id)
        .group_by(ProductVariant.id)
        .having(available < threshold)
        .order_by("available")
    )
    return (await session.execute(statement)).all()


# Customers


async def find_customers(session: AsyncSession, term: str, limit: int = 20) -> Sequence[User]:
    """Find customers by a part of their e-mail address or name, for the support desk."""
    pattern = f"%{term}%"
    statement = (
        select(User)
        .where(User.email.ilike(pattern) | User.full_name.ilike(pattern))
        .order_by(User.email)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    return await session.scalar(select(User).where(func.lower(User.email) == email.lower()))


async def silent_customers(session: AsyncSession) -> Sequence[User]:
    """List the customers who have never written a review; they get a friendly mail."""
    reviewers = select(Review.user_id)
    statement = select(User).where(User.is_active, User.id.not_in(reviewers))
    return (await session.scalars(statement)).all()


async def not_subscribed(session: AsyncSession) -> Sequence[User]:
    """List the customers who do not get the newsletter yet."""
    statement = select(User).where(User.is_active, ~User.marketing_opt_in)
    return (await session.scalars(statement)).all()


async def has_bought(session: AsyncSession, user_id: int, product_id: int) -> bool:
    """Tell whether a customer has ever ordered a product."""
    statement = (
        select(func.count())
        .select_from(OrderItem)
        .join(Order, Order.id == OrderItem.order_id)
        .join(ProductVariant, ProductVariant.id == OrderItem.variant_id)
        .where(Order.user_id == user_id, ProductVariant.product_id == product_id)
    )
    return (await session.scalar(statement) or 0) > 0


async def has_open_orders(session: AsyncSession, user_id: int) -> bool:
    """Tell whether a customer still waits for a parcel."""
    waiting = exists().where(
        Order.user_id == user_id, Order.status.in_(["pending", "paid", "packed", "shipped"])
    )
    return bool(await session.scalar(select(waiting)))


# Orders


def _orders_by_status(status: str | None) -> Select[Any]:
    statement = select(Order).order_by(Order.created_at.desc(), Order.id.desc())
    return statement.where(Order.status == status) if status else statement


async def list_orders(
    session: AsyncSession, status: str | None, page: int, size: int
) -> Sequence[Order]:
    """Give one page of the back office's list of orders."""
    statement = _orders_by_status(status).offset((page - 1) * size).limit(size)
    return (await session.scalars(statement)).unique().all()


async def orders_before(
    session: AsyncSession, user_id: int, before: tuple[datetime, int] | None, size: int
) -> Sequence[Order]:
    """Give the next orders of a customer's history, after the last one that was shown."""
    statement = (
        select(Order)
        .where(Order.user_id == user_id)
        .order_by(Order.created_at.desc(), Order.id.desc())
        .limit(size)
    )
    if before is not None:
        statement = statement.where(tuple_(Order.created_at, Order.id) < before)
    return (await session.scalars(statement)).unique().all()


async def count_orders(session: AsyncSession, status: str) -> int:
    """Count the orders in a status, for the badges of the back office."""
    return len((await session.scalars(select(Order).where(Order.status == status))).unique().all())


# Reports


async def revenue_of_day(session: AsyncSession, day: date) -> Decimal:
    """Sum the orders of one day that were not cancelled."""
    statement = select(func.coalesce(func.sum(Order.total_amount), 0)).where(
        func.date(Order.placed_at) == day, Order.status != "cancelled"
    )
    return await session.scalar(statement) or Decimal(0)


async def revenue_between(session: AsyncSession, start: datetime, end: datetime) -> Decimal:
    """Sum the captured payments from start until before end."""
    statement = select(func.coalesce(func.sum(Payment.amount), 0)).where(
        Payment.status == PaymentStatus.CAPTURED,
        Payment.created_at >= start,
        Payment.created_at < end,
    )
    return await session.scalar(statement) or Decimal(0)


async def best_sellers(session: AsyncSession, since: datetime) -> Sequence[Any]:
    """List the ten products that sold most since a moment."""
    statement = text(
        """
        select p.id, p.title, sum(i.quantity) as sold
        from order_items i
        join orders o on o.id = i.order_id
        join product_variants v on v.id = i.variant_id
        join products p on p.id = v.product_id
        where o.created_at >= :since
        group by p.id
        order by sold desc
        limit 10
        """
    )
    return (await session.execute(statement, {"since": since})).all()
