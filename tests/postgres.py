"""A PostgreSQL server of the tests' own, on a free port of loopback, in a folder that is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to be root


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yields a URL "postgresql+asyncpg://...@127.0.0.1:PORT/postgres".

    Skips the test where no PostgreSQL is installed; fails it where the environment has CI set.
    """
    programs = _programs()
    if programs is None:
        missing = "no PostgreSQL here: install Debian's postgresql, or set PATH to its initdb"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    who: dict[str, Any] = _somebody_unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="restyle-postgres-"))
    if who:
        shutil.chown(folder, who["user"])
    try:
        with _running(programs, folder, who) as port:
            yield f"postgresql+asyncpg://tester@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, folder: Path, who: dict[str, Any]) -> Iterator[int]:
    data, port = folder / "data", _free_port()
    quiet: dict[str, Any] = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, **who}
    cluster = [f"--pgdata={data}", "--username=tester", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    subprocess.run([str(programs / "initdb"), *cluster], **quiet)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c fsync=off -c unix_socket_directories=''"
    control = [str(programs / "pg_ctl"), f"--pgdata={data}", "--wait"]
    subprocess.run([*control, f"--log={folder}/log", f"--options={options}", "start"], **quiet)
    try:
        yield port
    finally:
        subprocess.run([*control, "--mode=immediate", "stop"], **quiet)


def _programs() -> Path | None:
    """The folder with initdb and pg_ctl: the newest of Debian's, or wherever PATH finds them."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    return next(
        (folder for folder in folders if {"initdb", "pg_ctl"} <= {file.name for file in folder.iterdir()}), None
    )


def _somebody_unprivileged() -> dict[str, Any]:
    """Options for subprocess that give up root; none are needed by others."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    return {"user": next(name for name in _UNPRIVILEGED if name in names), "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
