from alembic import context
from sqlalchemy import engine_from_config, pool

from store.models import Base

config = context.config
engine = engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
