"""What a database's or a disk's error means to a person."""

from __future__ import annotations

import errno

from sqlalchemy.exc import DBAPIError

from core.errors import StartError

_SQLITE_REFUSALS = {"SQLITE_BUSY": "busy", "SQLITE_LOCKED": "busy", "SQLITE_FULL": "disk-full"}
_SQLITE_FOLDER = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")
_POSTGRES_DISK_FULL = "53100"


def refusal_for(error: DBAPIError) -> str | None:
    """The reason of a RefusedError, or None for an error that is nobody's business but the log's."""
    if getattr(error.orig, "sqlstate", None) == _POSTGRES_DISK_FULL:
        return "disk-full"
    name = _sqlite_name(error)
    return next((reason for prefix, reason in _SQLITE_REFUSALS.items() if name.startswith(prefix)), None)


def start_error_for(error: DBAPIError | OSError) -> StartError:
    """Why the database could not be opened."""
    if isinstance(error, DBAPIError):
        if refusal_for(error) == "disk-full":
            return StartError("disk-full")
        return StartError("folder" if _sqlite_name(error).startswith(_SQLITE_FOLDER) else "database")
    if isinstance(error, ConnectionError | TimeoutError):
        return StartError("database")
    if is_disk_full(error):
        return StartError("disk-full")
    is_about_a_file = isinstance(error, PermissionError | FileExistsError | NotADirectoryError | FileNotFoundError)
    is_about_a_file = is_about_a_file or error.errno == errno.EROFS
    return StartError("folder" if is_about_a_file else "database")


def is_disk_full(error: BaseException) -> bool:
    """Also for obstore, which says so in words only."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    words = str(error)
    return f"os error {errno.ENOSPC})" in words or f"os error {errno.EDQUOT})" in words


def _sqlite_name(error: DBAPIError) -> str:
    """The name of SQLite's extended result code, "" for other databases."""
    return getattr(error.orig, "sqlite_errorname", "")
