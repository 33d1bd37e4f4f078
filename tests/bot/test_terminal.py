"""Commands of the chats in a terminal: alone on a data folder, and beside the program that holds it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot import terminal
from bot.app import Stand
from bot.cli import BAD_INPUT, read_arguments, run_command_line
from bot.folder import data_folder
from bot.parsing import parse
from bot.terminal import line_of, talk
from core.errors import StartError
from tests.bot.web.house import png
from tests.discord.bot.running import QUICK
from tests.program.running import Program

Restyle = Callable[..., subprocess.CompletedProcess[str]]
GIRL = "0.001 girl"  # a step of the quick engine takes so many seconds


@pytest.fixture
def restyle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Restyle:
    """`restyle ARGUMENTS` in an empty folder with a picture; only the model is a quick one."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"DATA": tmp_path / "data", "OFFLINE": "true"}.items():
        monkeypatch.setenv(f"RESTYLE_{name}", str(value))
    monkeypatch.setenv("LANG", "C.UTF-8")
    (tmp_path / "girl.png").write_bytes(png())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        status = talk(read_arguments(arguments), Stand(engine=QUICK))
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return run


def test_a_character_is_saved_listed_varied_and_gets_a_new_base_without_a_server(
    restyle: Restyle, tmp_path: Path
) -> None:
    saved = restyle("character", "save", "Mira", GIRL, "--picture", "girl.png", "--seed", "7")
    assert saved.stdout.startswith("Mira is one of your characters now.")
    assert "strength 0.4 · seed 7" in saved.stdout
    assert restyle("character", "list").stdout == f"Your characters, 1 of 50:\n  Mira · {GIRL}\n"
    varied = restyle("vary", "mira", "red armour | {blue|green} cloak", "--out", "pictures", "keep=off")
    names = sorted(re.sub(r"-1\w{15}", "", path.name) for path in (tmp_path / "pictures").iterdir())
    assert names == ["blue-cloak.png", "green-cloak.png", "red-armour.png", "sheet.png"]
    assert Image.open(next((tmp_path / "pictures").glob("sheet*"))).width > 3 * 128
    one = next((tmp_path / "pictures").glob("red*")).stem.rpartition("-")[2]
    assert f"restyle press use:{one}" in varied.stdout
    assert "This is the new base of Mira" in restyle("press", f"base:{one}").stdout
    assert "picture 2 of 2" in restyle("character", "show", "mira").stdout


def test_a_question_is_asked_before_anything_is_deleted(restyle: Restyle) -> None:
    restyle("character", "save", "Mira", "--picture", "girl.png")
    assert "restyle press forget:" in restyle("character", "delete", "mira").stdout
    assert "1 of 50" in restyle("character", "list").stdout
    assert restyle("character", "delete", "mira", "--yes").stdout == "Mira is gone.\n"


def test_files_and_facts_come_for_scripts_too(restyle: Restyle, tmp_path: Path) -> None:
    restyle("character", "save", "Mira", "a girl", "--picture", "girl.png", "--seed", "7")
    facts = json.loads(restyle("character", "export", "mira", "--json").stdout)
    assert [facts["kind"], facts["files"]] == ["file", ["mira.png"]]
    assert [json.loads(restyle("character", "export", "mira", "--json").stdout)["files"]] == [["mira-2.png"]]
    brought = restyle("character", "import", "name=Reynard", "--picture", "mira.png")
    assert "a girl\n  strength 0.4 · seed 7" in brought.stdout
    packed = restyle("mydata", "export", "--out", "mine")
    assert packed.stdout.rstrip().endswith("mine/restyle-data.zip")


def test_what_was_made_is_listed_explained_and_deleted(restyle: Restyle) -> None:
    restyle("character", "save", "Mira", GIRL, "--picture", "girl.png", "--seed", "7")
    card = json.loads(restyle("vary", "mira", "red coat", "keep=off", "--json").stdout)["card"]
    assert f"{card['id']}  done" in restyle("history").stdout
    told = restyle("info", card["id"]).stdout
    assert "seed: 7" in told
    assert told.rstrip().splitlines()[-1].startswith("/")
    assert restyle("press", f"delete:{card['id']}").stdout == "Deleted.\n"
    room = restyle("session", "start", "mira").stdout
    assert re.search(r"Take part: http://127\.0\.0\.1:\d+/session/\w{8}\n", room)


def test_what_is_wrong_is_one_sentence(restyle: Restyle, tmp_path: Path) -> None:
    refused = restyle("vary", "mira", "red coat")
    assert (refused.returncode, refused.stdout) == (BAD_INPUT, "")
    assert refused.stderr == (
        "restyle: You have no characters yet: send a picture with /character save NAME to make one.\n"
    )
    assert run_command_line(["character", "save", "Mira", "--picture", "nowhere.png"]) == BAD_INPUT
    with pytest.raises(SystemExit) as leaving:
        run_command_line(["doctor", "nonsense"])
    assert leaving.value.code == BAD_INPUT


def test_beside_a_running_program_the_same_characters_are_there(restyle: Restyle, tmp_path: Path) -> None:
    restyle("character", "save", "Mira", GIRL, "--picture", "girl.png")
    program = Program(tmp_path / "data", {"web_token": "t" * 20}, command=("tests.discord.bot.quick_program",))
    program.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RESTYLE_WEB_TOKEN", "t" * 20)
            assert "1 of 50" in restyle("character", "list").stdout
            varied = restyle("vary", "mira", "red coat", "--json", "keep=off")
            assert json.loads(varied.stdout)["card"]["status"] == "done"
        wrong = restyle("character", "list")
        assert (wrong.returncode, "access token" in wrong.stderr) == (BAD_INPUT, True)
    finally:
        assert program.stop() == 0
    assert not (tmp_path / "data" / "page.address").exists()


def test_a_running_program_without_a_page_is_named(
    restyle: Restyle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "_PATIENCE", 2)
    with data_folder(tmp_path / "data"), pytest.raises(StartError) as refusal:
        restyle("character", "list")
    assert refusal.value.reason == "second-page"


def test_what_a_shell_takes_apart_is_put_together_again() -> None:
    line = line_of("character", ["save", "Red Fox", 'a "sly" fox', "--negative", "no hats", "style=oil", "theme=a b"])
    assert line == """/character save "Red Fox" "a 'sly' fox" --negative "no hats" style=oil theme="a b\""""
    command = parse(line.rpartition(" theme")[0])
    assert (command.parts[0], command.changes["negative"]) == ("Red Fox", "no hats")
    assert line_of("vary", ["fox", "red | blue"]) == '/vary fox "red | blue"'
