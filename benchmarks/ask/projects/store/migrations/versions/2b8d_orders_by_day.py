"""orders by day"""

from alembic import op

revision = "2b8d4e6f1a03"
down_revision = "1f0a3c5d7e91"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_placed_at", "orders", ["placed_at"])


def downgrade() -> None:
    op.drop_index("ix_orders_placed_at", "orders")
