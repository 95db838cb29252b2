"""Alembic's entry point: on the connection that `migrations.run` opened, or as SQL for a linter."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel

import bridge.models  # noqa: F401 - fills the metadata


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """Write SQLModel's own column types as plain SQLAlchemy ones, so that migrations stand alone."""
    if kind != "type" or not type(item).__module__.startswith("sqlmodel"):
        return False
    if isinstance(item, sa.types.TypeDecorator) and isinstance(item.impl_instance, sa.DateTime):
        return "sa.DateTime(timezone=True)"
    length = getattr(item, "length", None)
    return f"sa.String(length={length})" if length else "sa.String()"


if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql",
        output_buffer=context.config.output_buffer,
        transaction_per_migration=True,
    )
else:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=SQLModel.metadata,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
with context.begin_transaction():
    context.run_migrations()
