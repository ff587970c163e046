"""Create the tables.

Revision ID: 0001
"""

from typing import Sequence, Union

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: Union[str, None] = None
branch_labels: Union[str, Sequence[str], None] = None
depends_on = None

STATUS = postgresql.ENUM("open", "paid", name="order_status", create_type=False)
STAMPS = [
    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
]


def upgrade() -> None:
    STATUS.create(op.get_bind(), checkfirst=True)
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False, unique=True),
        sa.Column("country", sa.CHAR(2), server_default="CH"),
        sa.Column("plan", sa.Enum("free", "pro", name="plan"), server_default=sa.text("'free'")),
        sa.Column("extra", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        *STAMPS,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.CheckConstraint("length(email) > 3", name="ck_email"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("customer_id", sa.ForeignKey("customers.id", ondelete="CASCADE"), index=True),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("total", sa.Numeric(10, 2), nullable=False),
        sa.Column("tax", sa.Numeric(10, 2), sa.Computed("total * 0.08", persisted=True)),
        sa.Column("tags", postgresql.ARRAY(sa.Text())),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_orders_customer"),
        schema="public",
    )


def downgrade() -> None:
    op.drop_table("orders")
    op.drop_table("customers")
    STATUS.drop(op.get_bind())
