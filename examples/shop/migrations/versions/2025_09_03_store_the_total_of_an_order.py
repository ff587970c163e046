"""store the total of an order

The revenue report summed the lines of all orders on every load.

Revision ID: 97e4b0d3c65f
Revises: 2c8fd15ab697
Create Date: 2025-09-03 10:55:13.672048

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "97e4b0d3c65f"
down_revision: str | None = "2c8fd15ab697"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("total_amount", sa.Numeric(precision=12, scale=2)))
    op.execute(
        """
        update orders
        set total_amount = coalesce(
            (
                select sum(quantity * unit_price)
                from order_items
                where order_items.order_id = orders.id
            ),
            0
        )
        """
    )
    op.alter_column("orders", "total_amount", nullable=False)


def downgrade() -> None:
    op.drop_column("orders", "total_amount")
