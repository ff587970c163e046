"""phone numbers are no longer kept

Revision ID: 93bf6e2d7c01
Revises: c4a71e08d5f2
Create Date: 2026-11-04 10:30:44.816059

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "93bf6e2d7c01"
down_revision: str | None = "c4a71e08d5f2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_column("users", "phone")


def downgrade() -> None:
    op.add_column("users", sa.Column("phone", sa.String(length=32), nullable=True))
