"""currencies; postal codes are required

Revision ID: 7d35ce84b19a
Revises: b60f29e1a3d7
Create Date: 2026-03-09 14:44:27.106983

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7d35ce84b19a"
down_revision: str | None = "b60f29e1a3d7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A constant default: the table is not rewritten.
    op.add_column(
        "orders",
        sa.Column("currency", sa.String(length=3), server_default="EUR", nullable=False),
    )
    op.create_check_constraint(
        "ck_orders_currency",
        "orders",
        "currency in ('EUR', 'SEK', 'NOK')",
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        "ck_addresses_postal_code_not_null",
        "addresses",
        "postal_code is not null",
        postgresql_not_valid=True,
    )
    # SEK amounts are bigger, Swedish names are longer. Both only widen.
    op.alter_column(
        "order_items",
        "unit_price",
        existing_type=sa.Numeric(precision=10, scale=2),
        type_=sa.Numeric(precision=12, scale=2),
        existing_nullable=False,
    )
    op.alter_column(
        "users",
        "full_name",
        existing_type=sa.String(length=120),
        type_=sa.String(length=200),
        existing_nullable=True,
    )


def downgrade() -> None:
    op.alter_column(
        "users",
        "full_name",
        existing_type=sa.String(length=200),
        type_=sa.String(length=120),
        existing_nullable=True,
    )
    op.alter_column(
        "order_items",
        "unit_price",
        existing_type=sa.Numeric(precision=12, scale=2),
        type_=sa.Numeric(precision=10, scale=2),
        existing_nullable=False,
    )
    op.drop_constraint("ck_addresses_postal_code_not_null", "addresses", type_="check")
    op.drop_constraint("ck_orders_currency", "orders", type_="check")
    op.drop_column("orders", "currency")
