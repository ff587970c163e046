"""Run statements, some of which only a run can tell."""

import os

import sqlalchemy as sa
from alembic import context, op
from shop.migrating import move_everything

revision = "0003"
down_revision = "0002"
depends_on = None

COLUMN = "remark"
clients = sa.table("clients", sa.column("email"))


def upgrade():
    op.execute(f"UPDATE orders SET {COLUMN} = '' WHERE {COLUMN} IS NULL")
    op.execute(sa.text("DELETE FROM orders WHERE total < :least").bindparams(least=0))
    op.execute(clients.update().where(clients.c.email == "").values(email=None))
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute("PRAGMA foreign_keys = OFF")
    else:
        connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
    if not sa.inspect(connection).has_table("audit"):
        op.create_table("audit", sa.Column("id", sa.Uuid(), primary_key=True))
    if context.is_offline_mode():
        op.drop_table("audit")
    op.drop_column("orders", os.environ["OLD_COLUMN"])
    for row in connection.execute(sa.text("SELECT id FROM orders")):
        op.execute("UPDATE orders SET total = %d WHERE id = %s" % (1, row.id))
    move_everything("orders")
    if os.environ.get("BLUE"):
        op.add_column("orders", sa.Column("blue", sa.Integer()))
    else:
        op.add_column("orders", sa.Column("green", sa.Integer()))


def downgrade():
    raise NotImplementedError("rows were deleted")
    op.drop_table("orders")
