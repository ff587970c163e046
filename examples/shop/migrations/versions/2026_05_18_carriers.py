"""carriers

Nullable for now: the old parcels get theirs from the carrier's export next week.

Revision ID: a82c6d4fb703
Revises: 15e9a7f2c48d
Create Date: 2026-05-18 16:02:11.437208

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a82c6d4fb703"
down_revision: str | None = "15e9a7f2c48d"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("shipments", sa.Column("carrier", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("shipments", "carrier")
