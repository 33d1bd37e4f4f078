"""What a database's or a disk's error means to a person."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from core.errors import StartError

_SQLITE_REFUSALS = {"SQLITE_BUSY": "busy", "SQLITE_LOCKED": "busy", "SQLITE_FULL": "disk-full"}
_SQLITE_FOLDER = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")
_FILE_ERRORS = (PermissionError, FileExistsError, NotADirectoryError, FileNotFoundError)
_POSTGRES_DISK_FULL = "53100"


def refusal_for(error: DBAPIError) -> str | None:
    """The reason of a RefusedError, or None for an error that is nobody's business but the log's."""
    if getattr(error.orig, "sqlstate", None) == _POSTGRES_DISK_FULL:
        return "disk-full"
    return sqlite_refusal(error.orig)


def sqlite_refusal(error: BaseException | None) -> str | None:
    """The same for an error of the plain SQLite driver."""
    name = _sqlite_name(error)
    return next((reason for prefix, reason in _SQLITE_REFUSALS.items() if name.startswith(prefix)), None)


def start_error_for(error: DBAPIError | sqlite3.Error | OSError) -> StartError:
    """Why the database could not be opened."""
    if isinstance(error, OSError):
        return _start_error_for_system(error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if sqlite_refusal(cause) == "disk-full" or getattr(cause, "sqlstate", None) == _POSTGRES_DISK_FULL:
        return StartError("disk-full")
    return StartError("folder" if _sqlite_name(cause).startswith(_SQLITE_FOLDER) else "database")


def _start_error_for_system(error: OSError) -> StartError:
    if is_disk_full(error):
        return StartError("disk-full")
    return StartError("folder" if isinstance(error, _FILE_ERRORS) or error.errno == errno.EROFS else "database")


def is_disk_full(error: BaseException) -> bool:
    """Also for obstore, which says so in words only."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    words = str(error)
    return f"os error {errno.ENOSPC})" in words or f"os error {errno.EDQUOT})" in words


def _sqlite_name(error: BaseException | None) -> str:
    """The name of SQLite's extended result code, "" for other databases."""
    return getattr(error, "sqlite_errorname", "")
