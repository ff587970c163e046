"""order numbers with the year

The bookkeepers want 2026-000123 instead of 123. Old orders keep their numbers.

Revision ID: b60f29e1a3d7
Revises: 48bd7c92f0e6
Create Date: 2026-01-20 12:10:59.384617

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b60f29e1a3d7"
down_revision: str | None = "48bd7c92f0e6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.alter_column(
        "orders",
        "number",
        existing_type=sa.Integer(),
        type_=sa.String(length=20),
        existing_nullable=False,
        postgresql_using="number::varchar",
    )


def downgrade() -> None:
    op.alter_column(
        "orders",
        "number",
        existing_type=sa.String(length=20),
        type_=sa.Integer(),
        existing_nullable=False,
        postgresql_using="number::integer",
    )
