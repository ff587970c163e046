"""What is read of Alembic calls, compared with the SQL that Alembic renders for them."""

from __future__ import annotations

import io
import textwrap

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql

from dbwright import dialects
from dbwright.collect.revisions import operations_of
from dbwright.core.codec import to_json
from dbwright.core.source import Source

HEADER = (
    "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n"
)

CALLS = [
    "op.drop_table('orders')",
    "op.drop_table('orders', schema='billing')",
    "op.drop_table('orders', if_exists=True)",
    "op.rename_table('orders', 'sales')",
    "op.add_column('t', sa.Column('c', sa.String(40), nullable=False, server_default='x'))",
    "op.add_column('t', sa.Column('c', sa.DateTime(timezone=True), server_default=sa.func.now()))",
    "op.add_column('t', sa.Column('c', sa.Integer, sa.ForeignKey('o.id', ondelete='CASCADE')))",
    "op.add_column('t', sa.Column('c', sa.Integer, sa.ForeignKey('o.id', name='fk')),"
    " inline_references=True)",
    "op.add_column('t', sa.Column('c', sa.Integer, unique=True))",
    "op.add_column('t', sa.Column('c', sa.Integer, index=True))",
    "op.add_column('t', sa.Column('c', sa.Integer, index=True, unique=True))",
    "op.add_column('t', sa.Column('c', sa.Boolean(), server_default=sa.false()))",
    "op.add_column('t', sa.Column('c', sa.Integer, sa.Identity(always=True)))",
    "op.add_column('t', sa.Column('c', sa.Integer, sa.Computed('a + 1', persisted=True)))",
    "op.add_column('t', sa.Column('c', sa.Integer), if_not_exists=True)",
    "op.drop_column('t', 'c')",
    "op.drop_column('t', 'c', if_exists=True)",
    "op.alter_column('t', 'c', nullable=False)",
    "op.alter_column('t', 'c', nullable=True)",
    "op.alter_column('t', 'c', server_default=None)",
    "op.alter_column('t', 'c', server_default='new')",
    "op.alter_column('t', 'c', server_default=sa.text('now()'))",
    "op.alter_column('t', 'c', new_column_name='d')",
    "op.alter_column('t', 'c', type_=sa.BigInteger(), existing_type=sa.Integer())",
    "op.alter_column('t', 'c', type_=sa.Integer(), postgresql_using='c::integer')",
    "op.alter_column('t', 'c', type_=sa.Text(), nullable=False, server_default='x',"
    " new_column_name='d')",
    "op.create_index('ix', 't', ['a', 'b'])",
    "op.create_index('ix', 't', ['a'], unique=True, if_not_exists=True)",
    "op.create_index('ix', 't', ['a'], schema='billing')",
    "op.create_index('ix', 't', ['a'], postgresql_using='gin', postgresql_ops={'a': 'jsonb_ops'})",
    "op.create_index('ix', 't', ['a'], postgresql_where=sa.text('a > 0'),"
    " postgresql_include=['b'])",
    "op.create_index('ix', 't', ['a'], postgresql_concurrently=True)",
    "op.create_index('ix', 't', ['a'], unique=True, postgresql_nulls_not_distinct=True)",
    "op.create_index('ix', 't', [sa.text('lower(a)')])",
    "op.create_index('ix', 't', [sa.text('a DESC')])",
    "op.create_index('ix', 't', [sa.column('a').desc().nulls_last()])",
    "op.drop_index('ix', table_name='t')",
    "op.drop_index('ix', table_name='t', schema='billing', if_exists=True)",
    "op.drop_index('ix', postgresql_concurrently=True)",
    "op.create_foreign_key('fk', 't', 'o', ['a'], ['id'])",
    "op.create_foreign_key('fk', 't', 'o', ['a'], ['id'], ondelete='CASCADE', onupdate='SET NULL',"
    " deferrable=True, initially='DEFERRED', source_schema='x', referent_schema='y')",
    "op.create_foreign_key('fk', 't', 'o', ['a'], ['id'], postgresql_not_valid=True)",
    "op.create_unique_constraint('uq', 't', ['a', 'b'])",
    "op.create_unique_constraint('uq', 't', ['a'], deferrable=True)",
    "op.create_check_constraint('ck', 't', 'a > 0')",
    "op.create_check_constraint('ck', 't', sa.text('a > 0'), postgresql_not_valid=True)",
    "op.create_primary_key('pk', 't', ['a'])",
    "op.drop_constraint('ck', 't', type_='check')",
    "op.drop_constraint('ck', 't', schema='billing')",
    "op.execute('DROP TABLE a; DROP TABLE b')",
    "op.create_table('t', sa.Column('id', sa.Uuid(), primary_key=True),"
    " sa.Column('a', sa.Text, nullable=False), sa.Column('b', sa.Numeric(10, 2)))",
    "op.create_table('t', sa.Column('a', sa.Uuid), sa.Column('b', sa.Text),"
    " sa.PrimaryKeyConstraint('a', name='pk_t'), sa.UniqueConstraint('b', name='uq_b'),"
    " sa.CheckConstraint('b > a', name='ck'), schema='billing')",
    "op.create_table('t', sa.Column('a', sa.Integer),"
    " sa.ForeignKeyConstraint(['a'], ['x.o.id'], name='fk', ondelete='SET NULL'))",
    "op.create_table('t', sa.Column('a', sa.Enum('x', 'y', name='kind')))",
    "op.create_table('t', sa.Column('a', sa.Text, index=True), sa.Column('b', sa.Text,"
    " unique=True))",
    "op.create_table('t', sa.Column('a', sa.Text), if_not_exists=True, prefixes=['TEMPORARY'])",
    "op.create_table('t', sa.Column('d', sa.Date), postgresql_partition_by='RANGE (d)')",
]

TYPES = [
    "sa.String()",
    "sa.String(5)",
    "sa.Unicode(9)",
    "sa.Text",
    "sa.CHAR(3)",
    "sa.CHAR()",
    "sa.Integer",
    "sa.BigInteger()",
    "sa.SmallInteger()",
    "sa.Numeric()",
    "sa.Numeric(8)",
    "sa.Numeric(8, 3)",
    "sa.DECIMAL(8, 3)",
    "sa.Float()",
    "sa.Float(24)",
    "sa.Float(53)",
    "sa.REAL()",
    "sa.Double()",
    "sa.Boolean()",
    "sa.DateTime()",
    "sa.DateTime(timezone=True)",
    "sa.TIMESTAMP(timezone=True)",
    "postgresql.TIMESTAMP(timezone=True)",
    "sa.Date()",
    "sa.Time()",
    "sa.Time(True)",
    "sa.Interval()",
    "postgresql.INTERVAL()",
    "sa.LargeBinary()",
    "sa.PickleType()",
    "sa.JSON()",
    "postgresql.JSONB()",
    "postgresql.JSONB(astext_type=sa.Text())",
    "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')",
    "sa.Integer().with_variant(sa.BigInteger(), 'sqlite')",
    "sa.Uuid()",
    "sa.UUID()",
    "postgresql.UUID(as_uuid=True)",
    "sa.ARRAY(sa.String(9))",
    "postgresql.ARRAY(sa.Integer())",
    "postgresql.INET()",
    "postgresql.CIDR()",
    "postgresql.MACADDR()",
    "postgresql.TSVECTOR()",
    "postgresql.HSTORE()",
    "postgresql.INT4RANGE()",
    "postgresql.TSTZRANGE()",
    "postgresql.CITEXT()",
    "postgresql.MONEY()",
    "postgresql.OID()",
    "postgresql.BYTEA()",
    "postgresql.DOUBLE_PRECISION()",
    "postgresql.DOUBLE_PRECISION(precision=53)",
    "postgresql.BIT(3)",
    "postgresql.BIT(3, varying=True)",
    "postgresql.TIMESTAMP(precision=3)",
    "sa.Enum('a', 'bcd', name='kind', native_enum=False)",
    "sa.String(9, collation='C')",
]

# MODIFY and CHANGE of MySQL state the whole column anew.
ANEW = [
    "type_=sa.String(40)",
    "type_=sa.String(40), existing_nullable=False, existing_server_default='x'",
    "nullable=False",
    "nullable=False, server_default=None, existing_server_default='x'",
    "nullable=True, existing_server_default=sa.text('0')",
    "new_column_name='d', existing_nullable=False",
    "comment='said', existing_nullable=False, server_default='x'",
    "server_default='x'",
    "server_default=None",
]


def rendered(code: str, dialect: str = "postgresql") -> list[object]:
    """Gives the operations in the SQL that Alembic sends for the code."""
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name=dialect, opts={"as_sql": True, "output_buffer": buffer}
    )
    exec(code, {"op": Operations(context), "sa": sa, "postgresql": postgresql})
    parse = dialects.get(dialect).statements.parse
    return [to_json(operation) for operation in parse(buffer.getvalue())]


def read(code: str, dialect: str = "postgresql") -> list[object]:
    """Gives the operations that reading finds in the code."""
    text = HEADER + "def upgrade():\n" + textwrap.indent(code, "    ")
    upgrade, _ = operations_of(Source("r.py", text), dialect)
    return [to_json(operation) for statement in upgrade for operation in statement.operations]


def without_places(data: object) -> object:
    if isinstance(data, dict):
        return {key: without_places(value) for key, value in data.items() if key != "place"}
    return [without_places(item) for item in data] if isinstance(data, list) else data


@pytest.mark.parametrize("code", CALLS)
def test_a_call_is_read_as_the_sql_that_alembic_renders(code: str) -> None:
    assert without_places(read(code)) == without_places(rendered(code))


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_spelled_as_the_sql_that_alembic_renders(kind: str) -> None:
    code = f"op.add_column('t', sa.Column('c', {kind}))"
    assert without_places(read(code)) == without_places(rendered(code))


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
@pytest.mark.parametrize("words", ANEW)
def test_a_column_stated_anew_is_read_as_what_alembic_renders(words: str, dialect: str) -> None:
    code = f"op.alter_column('t', 'c', existing_type=sa.String(20), {words})"
    assert without_places(read(code, dialect)) == without_places(rendered(code, dialect))


def test_a_moment_with_a_default_is_stated_anew() -> None:
    code = "op.alter_column('t', 'c', existing_type=sa.DateTime(), server_default=sa.text('now()'))"
    assert [item["kind"] for item in read(code, "mariadb")] == [
        "AlterType",
        "DropNotNull",
        "SetDefault",
    ]
