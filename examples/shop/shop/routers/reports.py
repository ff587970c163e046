"""Figures for the office."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException

from shop import queries
from shop.db import SessionDep
from shop.models import ApiClient
from shop.services.accounts import find_api_client


async def require_client(session: SessionDep, x_api_token: Annotated[str, Header()]) -> ApiClient:
    client = await find_api_client(session, x_api_token)
    if client is None:
        raise HTTPException(401)
    return client


router = APIRouter(prefix="/reports", tags=["reports"], dependencies=[Depends(require_client)])


@router.get("/revenue/{day}")
async def revenue(day: date, session: SessionDep) -> Decimal:
    return await queries.revenue_of_day(session, day)


@router.get("/badges")
async def badges(session: SessionDep) -> dict[str, int]:
    return {status: await queries.count_orders(session, status) for status in ("pending", "paid")}


@router.get("/best-sellers")
async def best_sellers(session: SessionDep, days: int = 30) -> list[dict[str, object]]:
    since = datetime.now(UTC) - timedelta(days=days)
    rows = await queries.best_sellers(session, since)
    return [{"product_id": row.id, "title": row.title, "sold": row.sold} for row in rows]
