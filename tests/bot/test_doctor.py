"""`restyle doctor` as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def test_telegram_is_looked_at_without_asking_it(tmp_path: Path) -> None:
    token = "123456789:AAfake-token_of_nobody-0123456789abc"
    told = []
    for settings in (
        {"telegram_token": token},
        {"telegram_token": token, "telegram_webhook": "https://restyle.example"},
        {"telegram_token": "hush-hush"},
        {"telegram_token": token, "telegram_webhook": "http://restyle.example"},
    ):
        run = doctor(tmp_path, model="no/such-model", **settings)
        told += [line for line in run.stdout.splitlines() if line.split()[1] == "telegram"]
        assert "hush" not in run.stdout + run.stderr
        assert token not in run.stdout + run.stderr
    assert "asks Telegram for messages" in told[0]
    assert "is called at https://restyle.example" in told[1]
    assert "does not look like a token" in told[2]
    assert told[3].startswith("FAIL")
    assert "https:// only" in told[3]


def test_what_is_wrong_is_named_and_the_other_parts_are_looked_at(tmp_path: Path) -> None:
    run = doctor(tmp_path, model="no/such-model", web_host="0.0.0.0")
    assert run.returncode == 2
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 2
    assert "RESTYLE_WEB_TOKEN" in failed[0]
    assert "no/such-model was not found" in failed[1]
    assert "Traceback" not in run.stderr
