"""Settings, read from the environment once."""

import os
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True)
class Settings:
    """What differs between a laptop, staging and production."""

    database_url: str = field(repr=False)
    pool_size: int
    page_size: int
    default_currency: str


@lru_cache
def get_settings() -> Settings:
    return Settings(
        database_url=os.environ.get(
            "DATABASE_URL", "postgresql+asyncpg://shop@localhost:5432/shop"
        ),
        pool_size=int(os.environ.get("SHOP_POOL_SIZE", "10")),
        page_size=int(os.environ.get("SHOP_PAGE_SIZE", "50")),
        default_currency=os.environ.get("SHOP_CURRENCY", "EUR"),
    )
