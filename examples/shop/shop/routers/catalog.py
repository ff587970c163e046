"""The shop window."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, HTTPException

from shop import queries
from shop.db import SessionDep
from shop.models import Product
from shop.schemas import ProductOut, RatingOut, SearchHit
from shop.services import catalog

router = APIRouter(prefix="/products", tags=["catalog"])


@router.get("", response_model=list[ProductOut])
async def list_products(session: SessionDep, sort: str = "newest") -> Sequence[Product]:
    return await queries.list_products(session, sort)


@router.get("/search", response_model=list[SearchHit])
async def search(q: str, session: SessionDep) -> Sequence[Any]:
    return await queries.search_products(session, q)


@router.get("/ratings")
async def ratings(session: SessionDep) -> list[RatingOut]:
    """Give the stars of the products in the shop window."""
    answer = []
    for product in await queries.list_products(session, limit=50):
        reviews = [r for r in await product.awaitable_attrs.reviews if r.is_approved]
        stars = sum(r.rating for r in reviews) / len(reviews) if reviews else None
        answer.append(
            RatingOut(product_id=product.id, title=product.title, reviews=len(reviews), stars=stars)
        )
    return answer


@router.get("/{slug}", response_model=ProductOut)
async def product_page(slug: str, session: SessionDep) -> Product:
    product = await queries.product_page(session, slug)
    if product is None:
        raise HTTPException(404)
    return product


@router.delete("/{product_id}", status_code=204)
async def delete_product(product_id: int, session: SessionDep) -> None:
    product = await session.get(Product, product_id)
    if product is None:
        raise HTTPException(404)
    await catalog.delete_product(session, product)
