"""coupons

Revision ID: 2c8fd15ab697
Revises: f3096be4d7a2
Create Date: 2025-07-22 17:19:40.887254

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2c8fd15ab697"
down_revision: str | None = "f3096be4d7a2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "coupons",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("percent_off", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("percent_off between 1 and 100", name="ck_coupons_percent_off"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_coupons_period"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "coupon_categories",
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("coupon_id", "category_id"),
    )
    op.create_index("ix_coupon_categories_category_id", "coupon_categories", ["category_id"])
    op.add_column(
        "orders",
        sa.Column(
            "coupon_id",
            sa.BigInteger(),
            sa.ForeignKey("coupons.id", ondelete="SET NULL"),
            nullable=True,
        ),
    )


def downgrade() -> None:
    op.drop_constraint(None, "orders", type_="foreignkey")
    op.drop_column("orders", "coupon_id")
    op.drop_table("coupon_categories")
    op.drop_table("coupons")
