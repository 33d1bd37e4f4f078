"""Alembic, driven by the program: it finds the migrations inside the installed package and needs no file on disk."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from core.errors import StartError


def upgrade(connection: Connection) -> None:
    """Apply what is missing, inside the caller's transaction. Raises StartError("newer-database")."""
    config = alembic_config(connection)
    script = ScriptDirectory.from_config(config)
    for revision in MigrationContext.configure(connection).get_current_heads():
        _check_known(script, revision)
    command.upgrade(config, "head")


def alembic_config(connection: Connection) -> Config:
    """What alembic's commands need to work on this connection."""
    config = Config()
    folder = str(files("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _check_known(script: ScriptDirectory, revision: str) -> None:
    try:
        script.get_revision(revision)
    except CommandError as error:
        raise StartError("newer-database") from error
