"""verified purchases, faster order export

Revision ID: 5f0d91b3e7ac
Revises: a82c6d4fb703
Create Date: 2026-10-05 11:48:30.512694

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5f0d91b3e7ac"
down_revision: str | None = "a82c6d4fb703"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("reviews", sa.Column("order_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_reviews_order_id_orders",
        "reviews",
        "orders",
        ["order_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index("ix_orders_placed_at", "orders", ["placed_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_orders_placed_at", table_name="orders")
    op.drop_constraint("fk_reviews_order_id_orders", "reviews", type_="foreignkey")
    op.drop_column("reviews", "order_id")
