"""tell the notes on orders apart

The warehouse will get notes of its own, so the customer's needs a clearer name.

Revision ID: c4a71e08d5f2
Revises: 5f0d91b3e7ac
Create Date: 2026-10-21 13:05:17.290843

"""

from collections.abc import Sequence

from alembic import op

revision: str = "c4a71e08d5f2"
down_revision: str | None = "5f0d91b3e7ac"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.alter_column("orders", "note", new_column_name="customer_note")


def downgrade() -> None:
    op.alter_column("orders", "customer_note", new_column_name="note")
