"""where an order came from

Revision ID: e68d05a4f9b3
Revises: 93bf6e2d7c01
Create Date: 2026-11-16 17:12:02.053748

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e68d05a4f9b3"
down_revision: str | None = "93bf6e2d7c01"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("sales_channel", sa.String(length=20), nullable=False))


def downgrade() -> None:
    op.drop_column("orders", "sales_channel")
