from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.folder import data_folder, signing_key
from bot.settings import PREFIX, Settings
from bot.studio import likeness_config
from core.domain.likeness import Scale
from core.engine.contract import LikenessConfig
from core.errors import StartError

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of the developer's


def test_the_example_file_names_every_setting_and_no_other() -> None:
    named = re.findall(r"^#? ?(RESTYLE_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(PREFIX + name.upper() for name in Settings.model_fields)


def test_the_example_file_shows_the_defaults(tmp_path: Path) -> None:
    uncommented = re.sub(r"^# (RESTYLE_\w+=)", r"\1", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(uncommented)
    assert Settings.load() == Settings.load(_env_file=None)


def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTYLE_WEB_PORT", "many")
    with pytest.raises(StartError, match="RESTYLE_WEB_PORT input should be a valid integer"):
        Settings.load()


def test_further_models_are_read_from_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTYLE_MODELS", "/models/sdxl, Qwen/Qwen-Image ,bundled,")
    assert Settings.load().offered == ("bundled", "/models/sdxl", "Qwen/Qwen-Image")


def test_two_models_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTYLE_MODELS", "/models/sdxl,/other/SDXL")
    with pytest.raises(StartError, match="The settings name two models that would both be called sdxl"):
        Settings.load()


def test_secrets_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTYLE_DISCORD_TOKEN", "hush-hush")
    monkeypatch.setenv("RESTYLE_DATABASE_URL", "postgresql+asyncpg://me:hush-hush@localhost/x")
    settings = Settings.load()
    assert "hush" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("host", "wider"),
    [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), ("my.host", True)],
)
def test_listening_beyond_this_machine_is_noticed(host: str, wider: bool) -> None:
    assert Settings.load(web_host=host).listens_wider is wider


def test_a_second_program_on_one_folder_is_refused(tmp_path: Path) -> None:
    with (
        data_folder(tmp_path / "data"),
        pytest.raises(StartError, match="already runs"),
        data_folder(tmp_path / "data"),
    ):
        pass
    with data_folder(tmp_path / "data"):
        pass


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartError, match="RESTYLE_DATA"), data_folder(tmp_path / "file" / "data"):
        pass


def test_the_signing_key_stays_the_same_and_private(tmp_path: Path) -> None:
    key = signing_key(tmp_path)
    assert signing_key(tmp_path) == key
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_what_measures_likeness_reaches_the_engine_with_its_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTYLE_LIKENESS_MODEL", "/models/dino")
    monkeypatch.setenv("RESTYLE_LIKENESS_SCALE", "0.2, 0.5,0.7")
    monkeypatch.setenv("RESTYLE_FACE_FINDER", "/models/clipseg")
    config = likeness_config(Settings.load())
    scales = {"/models/dino": Scale(strangers=0.2, close=0.5, same=0.7)}
    assert config == LikenessConfig(model="/models/dino", finder="/models/clipseg", scales=scales)
    assert likeness_config(Settings(_env_file=None, likeness_model="/models/dino", likeness_scale=())).scales == {}


@pytest.mark.parametrize("marks", ["0.5", "0.3,0.2,0.8", "0.3,0.6,1.2", "low,close,same"])
def test_a_scale_that_does_not_rise_is_refused(marks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTYLE_FACE_SCALE", marks)
    with pytest.raises(StartError, match="RESTYLE_FACE_SCALE is three rising cosines"):
        Settings.load()
