"""Change everything once."""

import sqlalchemy as sa
from alembic import op as operations
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
TABLES = ("customers", "orders")
SEEDS = sa.table("customers", sa.column("email", sa.String))


def add_stamp(table: str, name: str = "updated_at") -> None:
    operations.add_column(table, sa.Column(name, sa.DateTime()))


def upgrade():
    for table in TABLES:
        add_stamp(table)
    operations.add_column(
        "orders",
        sa.Column("coupon_id", sa.Integer, sa.ForeignKey("coupons.id", name="fk_coupon"), unique=True),
    )
    operations.alter_column(
        "orders", "note", existing_type=sa.Text(), type_=sa.String(400), nullable=False,
        server_default=sa.text("''"), new_column_name="remark",
        postgresql_using="left(note, 400)",
    )
    operations.alter_column("customers", "country", server_default=None)
    with operations.get_context().autocommit_block():
        operations.create_index(
            "ix_orders_status", "orders", ["status", sa.text("total DESC")],
            unique=True, postgresql_concurrently=True, postgresql_where=text("total > 0"),
            postgresql_include=["customer_id"], postgresql_using="btree", if_not_exists=True,
        )
    operations.create_index("ix_lower", "customers", [sa.func.lower(sa.column("email"))])
    operations.drop_index("ix_old", table_name="orders", postgresql_concurrently=True)
    operations.create_foreign_key(
        "fk_a", "orders", "customers", ["customer_id"], ["id"],
        ondelete="set null", postgresql_not_valid=True, deferrable=True, initially="DEFERRED",
    )
    operations.create_unique_constraint("uq_email", "customers", ["email", "country"])
    operations.create_check_constraint("ck_total", "orders", "total >= 0")
    operations.create_primary_key("pk_o", "orders", ["id"], schema="billing")
    operations.create_exclude_constraint("ex_o", "orders", (sa.column("id"), "="), using="gist")
    operations.drop_constraint("ck_email", "customers", type_="check")
    operations.rename_table("customers", "clients")
    operations.create_table_comment("orders", "what was bought")
    operations.bulk_insert(SEEDS, [{"email": "a@example.org"}])


def downgrade():
    with operations.batch_alter_table("orders", schema="billing") as batch_op:
        batch_op.add_column(sa.Column("old", sa.Boolean(), nullable=True))
        batch_op.alter_column("remark", new_column_name="note")
        batch_op.create_index("ix_note", ["note"])
        batch_op.create_foreign_key("fk_b", "customers", ["customer_id"], ["id"])
        batch_op.drop_constraint("fk_a", type_="foreignkey")
        batch_op.drop_column("coupon_id")
