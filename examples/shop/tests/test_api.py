"""The service over HTTP, on a migrated and seeded database."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.api import create_app
from shop.db import get_session
from shop.models import Address, ApiClient, Order, ProductVariant, StockLevel
from shop.seed import seed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(session: AsyncSession) -> AsyncIterator[httpx.AsyncClient]:
    await seed(session)
    session.expunge_all()
    app = create_app()
    app.dependency_overrides[get_session] = lambda: session
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def test_search_finds_a_part_of_the_title(client: httpx.AsyncClient) -> None:
    answer = await client.get("/products/search", params={"q": "kettle"})
    assert [hit["slug"] for hit in answer.json()] == ["gooseneck-kettle"]


async def test_product_page_has_its_variants(client: httpx.AsyncClient) -> None:
    answer = await client.get("/products/kayanza")
    assert [variant["name"] for variant in answer.json()["variants"]] == ["250 g", "1 kg"]
    assert (await client.get("/products/no-such-thing")).status_code == 404


async def test_ratings_count_approved_reviews(client: httpx.AsyncClient) -> None:
    ratings = {r["title"]: r for r in (await client.get("/products/ratings")).json()}
    assert ratings["Yirgacheffe"]["reviews"] == 2
    assert ratings["Yirgacheffe"]["stars"] == 4.5
    assert ratings["Glass Server"]["stars"] is None


async def test_sign_up_refuses_a_known_address(client: httpx.AsyncClient) -> None:
    body = {"email": "new@example.com", "password": "long enough pw", "full_name": "Nils Berg"}
    assert (await client.post("/accounts", json=body)).status_code == 201
    assert (await client.post("/accounts", json=body)).status_code == 409


async def test_checkout_reserves_stock_and_takes_the_coupon_off(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    address = (await session.scalars(select(Address).limit(1))).one()
    variant = (
        await session.scalars(select(ProductVariant).where(ProductVariant.price == 9.9))
    ).one()
    level = (
        await session.scalars(select(StockLevel).where(StockLevel.variant_id == variant.id))
    ).one()
    reserved = level.reserved
    answer = await client.post(
        "/orders",
        json={
            "user_id": address.user_id,
            "address_id": address.id,
            "lines": [{"variant_id": variant.id, "quantity": 10}],
            "coupon_code": "welcome10",
        },
    )
    assert answer.status_code == 201
    assert answer.json()["total_amount"] == "89.10"
    await session.refresh(level)
    assert level.reserved == reserved + 10


async def test_checkout_refuses_more_than_there_is(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    address = (await session.scalars(select(Address).limit(1))).one()
    level = (await session.scalars(select(StockLevel).limit(1))).one()
    level.on_hand = level.reserved
    await session.flush()
    lines = [{"variant_id": level.variant_id, "quantity": 1}]
    body = {"user_id": address.user_id, "address_id": address.id, "lines": lines}
    assert (await client.post("/orders", json=body)).status_code == 409


async def test_reports_need_a_token(client: httpx.AsyncClient, session: AsyncSession) -> None:
    token = await session.scalar(select(ApiClient.api_token))
    assert (await client.get("/reports/badges", headers={"x-api-token": "x"})).status_code == 401
    answer = await client.get("/reports/badges", headers={"x-api-token": str(token)})
    paid = await session.scalar(
        select(func.count()).select_from(Order).where(Order.status == "paid")
    )
    assert answer.json()["paid"] == paid
