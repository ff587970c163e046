"""one index for the list of open orders

The back office filters by status and sorts by date. The index on the status alone
is a prefix of the new one, so it goes.

Revision ID: 6ad2c8f1e350
Revises: 0b7e5f3c9a48
Create Date: 2025-05-07 08:47:22.143095

"""

from collections.abc import Sequence

from alembic import op

revision: str = "6ad2c8f1e350"
down_revision: str | None = "0b7e5f3c9a48"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_orders_status_created_at",
            "orders",
            ["status", "created_at"],
            postgresql_concurrently=True,
        )
        op.drop_index("ix_orders_status", table_name="orders", postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_orders_status", "orders", ["status"], postgresql_concurrently=True)
        op.drop_index(
            "ix_orders_status_created_at", table_name="orders", postgresql_concurrently=True
        )
