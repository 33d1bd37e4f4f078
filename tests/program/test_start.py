"""What a person sees when it starts, and when it cannot."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.program.person import Person
from tests.program.running import Program


def refusal(data: Path, **settings: str) -> str:
    """What `restyle run` says instead of starting."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RESTYLE_")}
    mine = {"data": str(data), "web_port": "0", "offline": "true"} | settings
    environment |= {f"RESTYLE_{key.upper()}": value for key, value in mine.items()}
    command = [sys.executable, "-m", "bot", "run"]
    root = Path(__file__).parent.parent.parent
    run = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=root, timeout=60, check=False)
    assert run.returncode == 2, run
    assert run.stderr.startswith("restyle: "), run.stderr
    assert run.stderr.count("\n") == 1, run.stderr
    assert run.stdout == ""
    return run.stderr


async def test_it_greets_serves_refuses_a_second_one_and_stops_cleanly(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    program.start()
    assert "discord   no token, off" in program.greeting
    assert "telegram  no token, off" in program.greeting
    async with Person(program.address) as person:
        assert (await person.get("/healthz"))["status"] == "ok"
        assert "already runs" in refusal(tmp_path / "data")
    assert program.stop() == 0
    program.start()
    assert program.process
    program.process.send_signal(signal.SIGINT)
    assert program.process.wait(60) == 0
    assert not program.engines()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} on 127.0.0.1 is taken" in refusal(tmp_path / "data", web_port=port)


def test_an_address_of_another_machine_is_named(tmp_path: Path) -> None:
    sentence = refusal(tmp_path / "data", web_host="203.0.113.7", web_token="secret-token")
    assert "203.0.113.7 is not an address of this machine" in sentence
    assert "secret" not in sentence


def test_listening_wider_needs_a_token(tmp_path: Path) -> None:
    assert "RESTYLE_WEB_TOKEN" in refusal(tmp_path / "data", web_host="0.0.0.0")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sentence = refusal(tmp_path / "file" / "data")
    assert "RESTYLE_DATA" in sentence
    assert str(tmp_path) not in sentence


def test_a_database_of_a_newer_restyle_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "restyle.sqlite3")) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
        database.commit()
    assert "newer Restyle" in refusal(tmp_path / "data")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"web_port": "many"}, "RESTYLE_WEB_PORT"),
        ({"log_level": "loud"}, "RESTYLE_LOG_LEVEL is one of debug, info, warning, error"),
        ({"styles_file": "no/such.toml"}, "styles file cannot be used"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(tmp_path / "data", **settings)
