"""How migrations reach the database: always by a connection handed to them."""
from alembic import context

from elearn.records import schema
from elearn.records.base import Base

assert schema.tables()
context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
