"""The data folder: made private, held by one program at a time, and home of the key that signs cookies."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import StartError

_KEY_BYTES = 32
_ADDRESS = "page.address"  # a file in the folder


@contextmanager
def data_folder(path: Path) -> Iterator[Path]:
    """The folder, while this program holds it. Raises StartError: not writable, full, or held by another one.

    The operating system drops the lock when the process dies, however it dies.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(path / "restyle.lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise StartError("second") from error
    except OSError as error:
        raise StartError("disk-full" if error.errno == errno.ENOSPC else "folder") from error
    try:
        yield path
    finally:
        lock.release()


@contextmanager
def telling_address(folder: Path, address: str) -> Iterator[None]:
    """While inside, `told_address` says where the page of the program is that holds the folder."""
    file = folder / _ADDRESS
    file.write_text(address)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def told_address(folder: Path) -> str | None:
    """What a killed program leaves behind is no harm: it is asked for only while somebody holds the folder."""
    try:
        return (folder / _ADDRESS).read_text() or None
    except OSError:
        return None


def signing_key(folder: Path) -> bytes:
    """The key that signs cookies and picture tickets; made at the first start, readable by its owner only."""
    file = folder / "secret.key"
    try:
        if file.exists() and len(key := file.read_bytes()) == _KEY_BYTES:
            return key
        key = secrets.token_bytes(_KEY_BYTES)
        fresh = file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(key)
            os.fsync(stream.fileno())
        fresh.replace(file)
    except OSError as error:
        raise StartError("disk-full" if error.errno == errno.ENOSPC else "folder") from error
    return key
