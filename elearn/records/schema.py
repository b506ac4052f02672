"""Makes the tables and brings older ones up to date."""
from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from elearn.records.base import Base

MIGRATIONS = Path(__file__).parent / "migrations"

for _name in (
    "asks", "certificates", "learning", "ledger", "live", "outbox", "people", "releases", "requirements", "resources", "sessions",
    "tenancy",
):
    import_module(f"elearn.records.{_name}")


def newest() -> str:
    """The name of the newest migration; they are numbered, so it is the last by name."""
    return max(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str | None:
    """The migration the database stands at, or None for an empty one."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def upgrade(engine: Engine) -> bool:
    """Run the migrations that are still to run; False, and quick, when there are none."""
    if current(engine) == newest():
        return False
    from alembic import command  # noqa: PLC0415  (slow to import; most starts need none of it)
    from alembic.config import Config  # noqa: PLC0415  (as above)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def tables() -> frozenset[str]:
    """The names of every table we know."""
    return frozenset(Base.metadata.tables)
