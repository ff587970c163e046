"""books have an ISBN"""

import sqlalchemy as sa
from alembic import op

revision = "3c7e"
down_revision = "2b6d"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("books", schema=None) as batch_op:
        batch_op.add_column(sa.Column("isbn", sa.String(length=13), nullable=True))
        batch_op.create_unique_constraint("books_isbn_key", ["isbn"])


def downgrade():
    with op.batch_alter_table("books", schema=None) as batch_op:
        batch_op.drop_constraint("books_isbn_key", type_="unique")
        batch_op.drop_column("isbn")
