"""Fill an empty, migrated database with a small shop: python -m shop.seed."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.db import get_engine, get_sessionmaker
from shop.models import (
    Address,
    Category,
    Order,
    Product,
    ProductVariant,
    Profile,
    Review,
    Shipment,
    StockLevel,
    StockMovement,
    Supplier,
    Tag,
    User,
    Warehouse,
)
from shop.security import hash_password
from shop.services.accounts import create_api_client
from shop.services.catalog import slugify
from shop.services.checkout import place_order, record_payment
from shop.services.coupons import create_coupon

COFFEES = ["Yirgacheffe", "Huehuetenango", "Kayanza", "Sidamo Natural", "House Espresso"]
GEAR = ["Gooseneck Kettle", "Hand Grinder", "Paper Filters", "Glass Server"]
NAMES = ["Ada Lindqvist", "Bo Nyström", "Cleo Hagen", "Dag Solberg", "Eva Moreau", "Finn Okafor"]


def catalog() -> tuple[list[Product], Warehouse]:
    """Give the products, each with its variants, and the warehouse that has them all."""
    coffee = Category(slug="coffee", name="Coffee", position=1)
    gear = Category(slug="gear", name="Gear", position=2)
    organic = Tag(name="organic")
    products = [
        Product(
            sku=f"C-{n:03d}",
            slug=slugify(title),
            title=title,
            category=coffee,
            is_published=True,
            attributes={"roast": "light" if n % 2 else "dark"},
            tags=[organic] if n % 2 else [],
            variants=[
                ProductVariant(name="250 g", price=9.9 + n, weight_grams=250, position=1),
                ProductVariant(name="1 kg", price=34.5 + n, weight_grams=1000, position=2),
            ],
        )
        for n, title in enumerate(COFFEES)
    ] + [
        Product(
            sku=f"G-{n:03d}",
            slug=slugify(title),
            title=title,
            category=gear,
            is_published=True,
            variants=[ProductVariant(name="standard", price=24.95 * (n + 1), weight_grams=600)],
        )
        for n, title in enumerate(GEAR)
    ]
    return products, Warehouse(code="GBG", name="Gothenburg")


def people(password_hash: str) -> list[User]:
    """Give the customers, each with a profile and an address."""
    return [
        User(
            email=f"{name.split()[0].lower()}@example.com",
            password_hash=password_hash,
            full_name=name,
            is_staff=n == 0,
            marketing_opt_in=True if n % 3 == 0 else None,
            profile=Profile(display_name=name.split()[0]),
            addresses=[
                Address(
                    recipient=name,
                    line1=f"Storgatan {n + 1}",
                    postal_code=f"4113{n}",
                    city="Göteborg",
                    country_code="SE",
                )
            ],
        )
        for n, name in enumerate(NAMES)
    ]


async def stock_up(session: AsyncSession, warehouse: Warehouse) -> None:
    for variant in await session.scalars(select(ProductVariant)):
        session.add_all(
            [
                StockLevel(warehouse_id=warehouse.id, variant_id=variant.id, on_hand=500),
                StockMovement(
                    warehouse_id=warehouse.id, variant_id=variant.id, delta=500, reason="delivery"
                ),
            ]
        )
    await session.flush()


async def sell(session: AsyncSession, users: list[User], variants: list[int]) -> list[Order]:
    """Place orders, most of them paid."""
    dice = random.Random(7)
    coupon = await create_coupon(session, percent_off=10, days=30, code="WELCOME10")
    orders = []
    for n in range(40):
        user = dice.choice(users)
        basket = {variant: dice.randint(1, 3) for variant in dice.sample(variants, k=3)}
        order = await place_order(
            session,
            user.id,
            user.addresses[0].id,
            basket,
            coupon if n % 5 == 0 else None,
            channel=dice.choice(["web", "phone", "till"]),
        )
        order.created_at = datetime.now(UTC) - timedelta(days=40 - n)
        if n % 4:
            await record_payment(session, order, "adyen", f"psp-{n:05d}", order.total_amount)
        orders.append(order)
    return orders


async def seed(session: AsyncSession) -> None:
    """Fill the database."""
    products, warehouse = catalog()
    users = people(hash_password("correct horse battery"))
    session.add_all([*products, warehouse, Supplier(name="Nordic Green Imports"), *users])
    await session.flush()
    await stock_up(session, warehouse)
    variants = [variant.id for product in products for variant in product.variants]
    orders = await sell(session, users, variants)
    session.add_all(
        Shipment(order_id=order.id, warehouse_id=warehouse.id, carrier="PostNord")
        for order in orders
        if order.status == "paid" and order.total_amount > Decimal(50)
    )
    session.add_all(
        Review(product=product, author=user, rating=4, body="Bright and sweet.", is_approved=True)
        for product, user in zip(products, users, strict=False)
    )
    session.add(Review(product=products[0], rating=5, body="Still my favorite.", is_approved=True))
    await create_api_client(session, "price comparison", users[0])


async def main() -> None:
    async with get_sessionmaker().begin() as session:
        await seed(session)
    await get_engine().dispose()


if __name__ == "__main__":
    asyncio.run(main())
