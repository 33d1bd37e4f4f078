"""`restyle image` as a person runs it, on a small model made here."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from bot.cli import run_command_line
from core.imaging import provenance
from tests.program.mayhem import quick_models
from tests.small_models import small_adapter, small_controlnet, small_sd

FACTS = [
    *("file", "width", "height", "input_width", "input_height", "prompt", "strength", "seed"),
    *("steps", "steps_run", "guidance", "scheduler", "loras", "controls", "clip_skip"),
    *("reference_scale", "model", "seconds", "unread"),
]
pytestmark = pytest.mark.long
Restyle = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model, its defaults and two pictures: a 64x64 one that needs no resizing, and the cat."""
    folder = tmp_path_factory.mktemp("studio")
    small_sd(folder / "model")
    quick_models(folder)
    cat = Image.fromarray(data.chelsea())
    cat.save(folder / "cat.jpg")
    cat.resize((64, 64)).save(folder / "small.png")
    return folder


@pytest.fixture
def restyle(
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Restyle:
    """Run it in an empty folder, in this process, which has loaded torch; `--model` and its defaults are set."""
    monkeypatch.chdir(tmp_path)
    for key, value in environment(studio).items():
        monkeypatch.setenv(key, value)

    def run(*arguments: str | Path, **options: str) -> subprocess.CompletedProcess[str]:
        capfd.readouterr()
        with monkeypatch.context() as variables:
            for key, value in options.items():
                variables.setenv(key, value)
            try:
                status = run_command_line(["image", *map(str, arguments)])
            except SystemExit as leaving:
                status = int(leaving.code or 0)
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return run


@pytest.fixture
def process(studio: Path, tmp_path: Path) -> Restyle:
    """The same in a process of its own, as a person starts it."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "image", *map(str, arguments)],
            cwd=tmp_path,
            env=environment(studio),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def environment(studio: Path) -> dict[str, str]:
    root = Path(__file__).parent.parent.parent
    mine = {"MODEL": studio / "model", "MODELS_FILE": studio / "models.toml", "THREADS": 1, "OFFLINE": "true"}
    return os.environ | {"PYTHONPATH": str(root)} | {f"RESTYLE_{key}": str(value) for key, value in mine.items()}


def pixels(file: Path | bytes) -> np.ndarray:
    with Image.open(BytesIO(file) if isinstance(file, bytes) else file) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_several_strengths_become_files_json_lines_and_a_sheet(process: Restyle, studio: Path, tmp_path: Path) -> None:
    flags = ["--strength", "0,0.5,1", "--seed", "3", "--json", "--sheet", "sheet.png"]
    run = process(studio / "cat.jpg", "red dragon", *flags)
    assert run.returncode == 0, run.stderr
    facts = [json.loads(line) for line in run.stdout.splitlines()]
    assert [fact["strength"] for fact in facts] == [0, 0.5, 1]
    assert [fact["steps_run"] for fact in facts] == [0, 5, 10]
    assert list(facts[0]) == FACTS
    assert {fact["model"] for fact in facts} == {"model"}, "its name, and not where it lies"
    assert (facts[0]["input_width"], facts[0]["input_height"]) == (451, 300)
    for fact in facts:
        with Image.open(tmp_path / fact["file"]) as image:
            assert image.size == (fact["width"], fact["height"])
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 4 * facts[0]["width"]
    assert run.stderr == ""


def test_like_repeats_a_result_exactly(restyle: Restyle, studio: Path, tmp_path: Path) -> None:
    first = restyle(studio / "small.png", "blue cat", "--strength", "0.7", "--out", "first.png")
    again = restyle(studio / "small.png", "--like", "first.png", "--out", "again.png")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert np.array_equal(pixels(tmp_path / "first.png"), pixels(tmp_path / "again.png"))
    settings = provenance.read((tmp_path / "again.png").read_bytes())
    assert settings
    assert (settings["prompt"], settings["model"]) == ("blue cat", "model")
    assert "that picture was made with the model" not in again.stderr


def test_every_lora_that_is_said_counts(restyle: Restyle, studio: Path) -> None:
    run = restyle(studio / "small.png", "blue cat", "--lora", "ink:99", "--lora", "pixel")
    assert "99" in run.stderr


def test_a_reference_is_looked_at_as_much_as_asked(restyle: Restyle, studio: Path, tmp_path: Path) -> None:
    adapter = small_adapter(tmp_path / "adapter", studio / "model")
    (tmp_path / "models.toml").write_text((studio / "models.toml").read_text() + f'adapter = "{adapter}"\n')
    models, flags = {"RESTYLE_MODELS_FILE": "models.toml"}, ["--seed", "3", "--out"]
    shown = ["--reference", studio / "cat.jpg", "--reference-scale", "0.8"]
    plain = restyle(studio / "small.png", "red cat", *flags, "plain.png", **models)
    told = restyle(studio / "small.png", "red cat", *shown, *flags, "told.png", "--json", **models)
    like = restyle(studio / "small.png", "--like", "told.png", *shown[:2], "--out", "like.png", **models)
    without = restyle(studio / "small.png", "--like", "told.png", "--out", "without.png", **models)
    assert {run.returncode for run in (plain, told, like, without)} == {0}, told.stderr
    assert json.loads(told.stdout)["reference_scale"] == 0.8
    images = [pixels(tmp_path / f"{name}.png") for name in ("plain", "told", "like", "without")]
    assert not np.array_equal(images[0], images[1])
    assert np.array_equal(images[1], images[2])
    assert np.array_equal(images[0], images[3])
    assert "--reference" in without.stderr


def test_a_reference_for_a_model_without_an_adapter_is_refused(restyle: Restyle, studio: Path) -> None:
    run = restyle(studio / "small.png", "red cat", "--reference", studio / "cat.jpg")
    assert (run.returncode, run.stdout) == (3, "")
    assert "The model model cannot be shown a reference picture" in run.stderr


def test_a_control_holds_what_its_net_sees_or_a_map_shows(restyle: Restyle, studio: Path, tmp_path: Path) -> None:
    net = small_controlnet(tmp_path / "net", studio / "model", seed=1)
    (tmp_path / "models.toml").write_text(
        (studio / "models.toml").read_text() + f'controlnets = {{ edges = "{net}" }}\n'
    )
    models, flags = {"RESTYLE_MODELS_FILE": "models.toml"}, ["--seed", "3", "--quiet", "--out"]
    control = ["--control", "edges:0.8"]
    runs = [
        restyle(studio / "small.png", "red cat", *flags, "plain.png", **models),
        restyle(studio / "small.png", "red cat", *control, *flags, "own.png", **models),
        restyle(studio / "small.png", "red cat", *control, "--hint", studio / "cat.jpg", *flags, "map.png", **models),
        restyle(studio / "small.png", "--like", "own.png", *flags, "again.png", **models),
    ]
    assert {run.returncode for run in runs} == {0}, runs
    plain, own, mapped, again = (pixels(tmp_path / f"{name}.png") for name in ("plain", "own", "map", "again"))
    assert not np.array_equal(plain, own)
    assert not np.array_equal(own, mapped)
    assert np.array_equal(own, again)
    like = restyle(studio / "small.png", "--like", "map.png", "--out", "like.png", **models)
    assert "--hint" in like.stderr
    refused = restyle(studio / "small.png", "red cat", "--control", "edgs", **models)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "did you mean edges?" in refused.stderr


def test_outside_the_mask_nothing_changes(restyle: Restyle, studio: Path, tmp_path: Path) -> None:
    mask = Image.new("L", (64, 64))
    mask.paste(200, (0, 0, 32, 64))
    mask.save(tmp_path / "mask.png")
    run = restyle(studio / "small.png", "red cat", "--strength", "0.9", "--mask", "mask.png", "--out", "out.png")
    assert run.returncode == 0, run.stderr
    before, after = pixels(studio / "small.png"), pixels(tmp_path / "out.png")
    assert np.array_equal(before[:, 32:], after[:, 32:])
    assert not np.array_equal(before[:, :32], after[:, :32])


def test_bad_input_is_one_line_and_status_2(restyle: Restyle, studio: Path, tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("not a picture")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((studio / "cat.jpg").read_bytes()[:9000])
    cases = {
        ("no-such.png", "fox"): "There is no file no-such.png",
        ("words.png", "fox"): "not a picture",
        (str(cut), "fox"): "cut off",
        (str(studio / "cat.jpg"),): "what it should become",
        (str(studio / "cat.jpg"), "fox", "--strength", "1.5"): "1.5 is not in between",
        (str(studio / "cat.jpg"), "fox", "--style", "watrcolour"): "did you mean watercolour",
        (str(studio / "cat.jpg"), "fox", "--size", "big"): "512x512",
        (str(studio / "cat.jpg"), "fox", "--out", "result.gif"): ".png",
        (str(studio / "cat.jpg"), "fox", "--like", str(studio / "cat.jpg")): "carries no Restyle settings",
        (str(studio / "cat.jpg"), "fox", "--stength", "1"): "--stength",
        (): "PICTURE",
    }
    for arguments, sentence in cases.items():
        run = restyle(*arguments)
        assert run.returncode == 2, (arguments, run)
        assert run.stderr.startswith("restyle: "), run.stderr
        assert run.stderr.count("\n") == 1, run.stderr
        assert sentence in run.stderr
        assert str(tmp_path) not in run.stderr
        assert run.stdout == ""


def test_a_model_that_is_not_there_is_status_3(restyle: Restyle, studio: Path) -> None:
    run = restyle(studio / "small.png", "fox", "--model", "no/such-model")
    assert run.returncode == 3
    assert "was not found" in run.stderr
    assert run.stderr.count("\n") == 1


def test_ctrl_c_is_status_130_and_says_nothing_more(studio: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "image", str(studio / "small.png"), "fox"]
    process = subprocess.Popen(
        [*command, "--steps", "150", "--strength", "0,0.4,0.5,0.6,0.7,0.8,0.9,1"],
        cwd=tmp_path,
        env=environment(studio),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
    assert process.stdout
    process.stdout.readline()  # strength 0 is there at once: all the rest is under way
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors


def hear_ctrl_c() -> None:
    """As in a terminal: a shell that started these tests in the background had them ignore it, children included."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_terminal_sees_a_bar(studio: Path, tmp_path: Path) -> None:
    mine, theirs = pty.openpty()
    termios.tcsetwinsize(mine, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "image", str(studio / "small.png"), "fox", "--strength", "0.5"],
        cwd=tmp_path,
        env=environment(studio),
        stderr=theirs,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs)
    assert b"5/5" in read_to_end(mine)
    assert process.wait() == 0


def read_to_end(terminal: int) -> bytes:
    """All that was written to a terminal until its last writer left, which reads as an error on Linux."""
    seen = b""
    with suppress(OSError):
        while piece := os.read(terminal, 4096):
            seen += piece
    return seen


def test_help_answers_at_once_and_loads_no_torch() -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", "--help"], capture_output=True, text=True, check=True
    )
    assert "restyle" in run.stdout
    modules = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert not modules & {"torch", "diffusers", "PIL", "sqlalchemy", "aiohttp", "pydantic"}
