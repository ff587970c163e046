"""warehouses, stock and shipments

Revision ID: d94b6c1e82fa
Revises: 51a8e3d0f7c6
Create Date: 2025-03-24 15:51:19.430286

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d94b6c1e82fa"
down_revision: str | None = "51a8e3d0f7c6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "suppliers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=320), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), server_default="14", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "warehouses",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "timezone", sa.String(length=40), server_default="Europe/Stockholm", nullable=False
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "stock_levels",
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name="ck_stock_levels_on_hand"),
        sa.CheckConstraint("reserved between 0 and on_hand", name="ck_stock_levels_reserved"),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["variant_id"], ["product_variants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("warehouse_id", "variant_id"),
    )
    op.create_index("ix_stock_levels_variant_id", "stock_levels", ["variant_id"])
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.CheckConstraint("delta <> 0", name="ck_stock_movements_delta"),
        sa.CheckConstraint(
            "reason in ('delivery', 'sale', 'return', 'count', 'waste')",
            name="ck_stock_movements_reason",
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["variant_id"], ["product_variants.id"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_stock_movements_warehouse_id", "stock_movements", ["warehouse_id"])
    op.create_index(
        "ix_stock_movements_variant_created", "stock_movements", ["variant_id", "created_at"]
    )
    op.create_table(
        "shipments",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("packed", "handed_over", "delivered", "returned", name="shipment_status"),
            nullable=False,
        ),
        sa.Column("tracking_code", sa.String(length=60), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.id"], ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_shipments_order_id", "shipments", ["order_id"])
    op.create_index("ix_shipments_warehouse_id", "shipments", ["warehouse_id"])
    op.add_column("products", sa.Column("supplier_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "supplier_id")
    op.drop_table("shipments")
    op.drop_table("stock_movements")
    op.drop_table("stock_levels")
    op.drop_table("warehouses")
    op.drop_table("suppliers")
