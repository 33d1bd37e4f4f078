"""`restyle doctor` as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.doctor import check_chats
from bot.settings import Settings
from tests.small_models import small_sd

ROOT = Path(__file__).parent.parent.parent


def doctor(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    mine = {"data": str(tmp_path / "data"), "web_port": "0", "threads": "1", "offline": "true"} | settings
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RESTYLE_")}
    environment |= {f"RESTYLE_{key.upper()}": value for key, value in mine.items()}
    command = [sys.executable, "-m", "bot", "doctor"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_each_model_that_is_offered_is_checked_and_only_the_default_is_fatal(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model_index.json").write_text("{}")
    broken = str(tmp_path / "broken")
    run = doctor(tmp_path, model=str(small_sd(tmp_path / "model")), models=broken, likeness_model=broken)
    assert run.returncode == 0, run.stdout
    first, second = [line for line in run.stdout.splitlines() if line.split()[1] == "model"]
    assert "loads on cpu in float32, 0.0 GB" in first
    assert "broken could not be loaded" in second
    assert "model broken that measures likeness could not be loaded" in run.stdout.splitlines()[-1]


def test_a_sound_installation_is_ok_in_every_part(tmp_path: Path) -> None:
    run = doctor(tmp_path, model=str(small_sd(tmp_path / "model")), discord_token="hush-hush")
    assert run.returncode == 0, run.stdout
    parts = [line.split()[1] for line in run.stdout.splitlines()]
    assert parts == ["settings", "folder", "disk", "database", "page", "discord", "telegram", "model", "likeness"]
    assert "hush" not in run.stdout + run.stderr


TOKEN = "123456789:AAfake-token_of_nobody-0123456789abc"


@pytest.mark.parametrize(
    ("settings", "sentence", "is_fatal"),
    [
        ({}, "no token, off", False),
        ({"telegram_token": TOKEN}, "a token is set; it asks Telegram for messages", False),
        ({"telegram_token": TOKEN, "telegram_webhook": "https://restyle.example"}, "called at https://restyle", False),
        ({"telegram_token": "hush-hush"}, "does not look like a token", False),
        ({"telegram_token": TOKEN, "telegram_webhook": "http://restyle.example"}, "https:// only", True),
        ({"telegram_token": TOKEN, "telegram_webhook": "https://restyle.example", "web": False}, "RESTYLE_WEB", True),
    ],
)
def test_telegram_is_looked_at_without_asking_it(settings: dict[str, object], sentence: str, is_fatal: bool) -> None:
    [_, found] = check_chats(Settings.load(_env_file=None, **settings))
    assert found.part == "telegram"
    assert sentence in found.sentence
    assert found.is_fatal is is_fatal
    assert "hush" not in found.sentence
    assert TOKEN not in found.sentence


def test_what_is_wrong_is_named_and_the_other_parts_are_looked_at(tmp_path: Path) -> None:
    run = doctor(tmp_path, model="no/such-model", web_host="0.0.0.0")
    assert run.returncode == 2
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 2
    assert "RESTYLE_WEB_TOKEN" in failed[0]
    assert "no/such-model was not found" in failed[1]
    assert "Traceback" not in run.stderr
