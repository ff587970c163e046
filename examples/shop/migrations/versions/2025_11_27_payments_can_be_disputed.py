"""payments can be disputed

Revision ID: 48bd7c92f0e6
Revises: e1563fa8d20c
Create Date: 2025-11-27 09:36:04.751829

"""

from collections.abc import Sequence

from alembic import op

revision: str = "48bd7c92f0e6"
down_revision: str | None = "e1563fa8d20c"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A value that was added in a transaction cannot be used in it.
    with op.get_context().autocommit_block():
        op.execute("alter type payment_status add value if not exists 'disputed'")


def downgrade() -> None:
    # PostgreSQL cannot take a value out of an enum. It stays and does no harm: the code
    # of the release before never writes it.
    pass
