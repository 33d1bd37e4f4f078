"""Previews of jobs that are stepped together."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny
from PIL import Image

from core.engine.batcher import StepBatcher
from core.engine.contract import EngineConfig
from core.engine.families import family_of
from core.engine.loading import Model, load_model
from core.engine.previews import previewer_of
from core.engine.transfers import Fetch
from tests.core.engine.batching import task_of, through
from tests.core.engine.conftest import config_for
from tests.core.engine.making import SIDE, Recorder, request_for

Folders = Callable[[str], Path]


def batcher_over(model: Model) -> StepBatcher:
    family = family_of(model)
    assert family
    return StepBatcher(family, lambda: previewer_of(model))


@pytest.fixture
def small(folder_of: Folders) -> StepBatcher:
    return batcher_over(load_model(config_for(folder_of("sd"))))


@pytest.mark.parametrize("kind", ["sd", "sdxl", "flux", "qwen-image"])
def test_previews_are_made_for_those_who_are_watched(kind: str, folder_of: Folders) -> None:
    seen, unseen = Recorder(watching=True), Recorder()
    request = request_for(scheduler="ddim" if kind.startswith("sd") else "model")
    jobs = [task_of(request, hooks=seen), task_of(request.varied(seed=2), hooks=unseen)]
    through(batcher_over(load_model(config_for(folder_of(kind)))), jobs)
    assert len(seen.previews) == 1  # at most one a second
    assert seen.previews[0].startswith(b"\xff\xd8")
    assert unseen.previews == []


def test_a_crowd_that_watches_gets_one_preview_a_tick_in_turns(small: StepBatcher) -> None:
    crowd = [Recorder(watching=True) for _ in range(3)]
    for seed, recorder in enumerate(crowd):
        small.start(task_of(request_for(seed=seed, guidance=1.0, steps=8), hooks=recorder))
    shown = []
    while small.is_busy:
        small.tick()
        shown.append(sum(len(recorder.previews) for recorder in crowd))
    assert shown[:3] == [1, 2, 3]
    assert [len(recorder.previews) for recorder in crowd] == [1, 1, 1]


class Late(Fetch):
    """Comes when it was asked for a third time."""

    asked = 0

    @property
    def is_ready(self) -> bool:
        self.asked += 1
        return self.asked > 2


def test_a_preview_is_not_waited_for(small: StepBatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.watching.Fetch", Late)
    seen = Recorder(watching=True)
    seen.count = lambda: len(seen.previews)
    through(small, [task_of(request_for(steps=10), hooks=seen)])
    assert seen.counts == [0, 0, 0, 1, 1]


def test_no_preview_follows_a_result(small: StepBatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.watching.Fetch", Late)
    seen = Recorder(watching=True)
    small.start(task_of(request_for(steps=4, seed=1), hooks=seen))  # two steps: it ends before its preview is there
    small.start(task_of(request_for(steps=20, seed=2)))
    while small.is_busy:
        small.tick()
    assert len(seen.steps) == 2
    assert seen.previews == []


def test_a_preview_that_cannot_be_made_costs_nobody_their_picture(
    small: StepBatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("pretended")

    monkeypatch.setattr("core.engine.watching.jpeg_of", broken)
    job = task_of(request_for(seed=1), hooks=Recorder(watching=True))
    assert through(small, [job])[job.job].rendered


def tiny_decoder(folder: Path) -> Path:
    """Like TAESD, for a model of 2 pixels a latent cell."""
    torch.manual_seed(0)
    sizes = {"encoder_block_out_channels": (8, 8), "decoder_block_out_channels": (8, 8)}
    blocks = {"num_encoder_blocks": (1, 1), "num_decoder_blocks": (1, 1)}
    AutoencoderTiny(**sizes, **blocks).save_pretrained(folder)
    return folder


def with_decoder(config: EngineConfig, decoder: Path) -> EngineConfig:
    return replace(config, spec=replace(config.spec, tiny_decoder=str(decoder)))


def preview_by(config: EngineConfig) -> Image.Image:
    seen = Recorder(watching=True)
    through(batcher_over(load_model(config)), [task_of(request_for(seed=1), hooks=seen)])
    return Image.open(io.BytesIO(seen.previews[0]))


def test_a_tiny_decoder_makes_the_previews_where_one_is_named(folder_of: Folders, tmp_path: Path) -> None:
    config = config_for(folder_of("sd"))
    linear, tiny = preview_by(config), preview_by(with_decoder(config, tiny_decoder(tmp_path)))
    assert linear.size == tiny.size == (SIDE, SIDE)
    assert np.abs(np.asarray(linear, dtype=int) - np.asarray(tiny, dtype=int)).max() > 5


def test_a_tiny_decoder_that_is_not_there_leaves_the_linear_map(folder_of: Folders, tmp_path: Path) -> None:
    config = config_for(folder_of("sd"))
    linear, other = preview_by(config), preview_by(with_decoder(config, tmp_path / "nowhere"))
    assert np.array_equal(np.asarray(linear), np.asarray(other))
