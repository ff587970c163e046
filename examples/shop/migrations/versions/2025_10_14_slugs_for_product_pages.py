"""slugs for product pages

Revision ID: e1563fa8d20c
Revises: 97e4b0d3c65f
Create Date: 2025-10-14 15:27:38.019365

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.models import Product
from shop.services.catalog import slugify

revision: str = "e1563fa8d20c"
down_revision: str | None = "97e4b0d3c65f"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("products", sa.Column("slug", sa.String(length=160), nullable=True))

    session = Session(bind=op.get_bind())
    taken: set[str] = set()
    for product_id, title in session.execute(select(Product.id, Product.title)):
        slug = slugify(title)
        if slug in taken:
            slug = f"{slug}-{product_id}"
        taken.add(slug)
        session.execute(update(Product).where(Product.id == product_id).values(slug=slug))
    session.flush()

    op.alter_column("products", "slug", nullable=False)
    op.create_unique_constraint("uq_products_slug", "products", ["slug"])


def downgrade() -> None:
    op.drop_constraint("uq_products_slug", "products", type_="unique")
    op.drop_column("products", "slug")
