"""Changes to the catalog."""

import re
import unicodedata

from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Product


def slugify(title: str) -> str:
    """Give the part of a product page's address that stands for its title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "product"


async def delete_product(session: AsyncSession, product: Product) -> None:
    """Delete a product with its variants; sold variants make the database refuse."""
    await session.delete(product)
    await session.flush()
