"""validate the checks of the release before

Revision ID: 15e9a7f2c48d
Revises: 7d35ce84b19a
Create Date: 2026-03-10 09:21:43.925570

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "15e9a7f2c48d"
down_revision: str | None = "7d35ce84b19a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("alter table orders validate constraint ck_orders_currency")
    op.execute("alter table addresses validate constraint ck_addresses_postal_code_not_null")
    # The validated check spares SET NOT NULL its scan.
    op.alter_column("addresses", "postal_code", existing_type=sa.String(length=16), nullable=False)
    op.drop_constraint("ck_addresses_postal_code_not_null", "addresses", type_="check")


def downgrade() -> None:
    op.create_check_constraint(
        "ck_addresses_postal_code_not_null",
        "addresses",
        "postal_code is not null",
        postgresql_not_valid=True,
    )
    op.alter_column("addresses", "postal_code", existing_type=sa.String(length=16), nullable=True)
