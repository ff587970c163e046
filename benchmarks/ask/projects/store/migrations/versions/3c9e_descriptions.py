"""descriptions of products"""

import sqlalchemy as sa
from alembic import op

revision = "3c9e5f7a2b14"
down_revision = "2b8d4e6f1a03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("products", sa.Column("description", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("products", "description")
