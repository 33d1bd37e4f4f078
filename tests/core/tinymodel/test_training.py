"""The training code, in miniature: losses fall, runs resume, pairs are what the recipe says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from core.tinymodel.config import JudgeConfig, TextConfig, TinyConfig, UnetConfig, VaeConfig, WorldConfig
from core.tinymodel.groups import members, shards
from core.tinymodel.latents import Shelf
from core.tinymodel.pairs import draw_pairs, pair_probability
from core.tinymodel.pipeline import load_pipeline
from core.tinymodel.train import train_everything
from core.tinymodel.unet import SHARES

MINIATURE = TinyConfig(
    threads=1,
    processes=1,
    world=WorldConfig(size=64, groups=8, photo_groups=4, wide_groups=0, shard_groups=8),
    vae=VaeConfig(channels=(8, 16, 16, 16), latent_channels=4, crop=32, batch=8, minutes=10.0, steps=75),
    text=TextConfig(width=32, layers=1, heads=2),
    unet=UnetConfig(channels=(16, 32), head_width=8, groups=8, batch=8, minutes=10.0, steps=75),
    judges=JudgeConfig(channels=(8, 16), embedding=8, identities=6, batch=6, minutes=10.0, steps=4),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a whole training in miniature."""
    before = torch.get_num_threads()
    out = tmp_path_factory.mktemp("tiny")
    train_everything(MINIATURE, out)
    yield out
    torch.set_num_threads(before)


def losses(out: Path, part: str) -> list[float]:
    """The losses that a part of the training wrote, oldest first."""
    return [json.loads(line)["loss"] for line in (out / "state" / f"{part}.jsonl").read_text().splitlines()]


def test_a_miniature_training_learns_and_its_pipeline_runs(trained: Path) -> None:
    vae, unet = losses(trained, "vae"), losses(trained, "unet")
    pipeline = load_pipeline(trained / "model")
    picture = np.full((64, 64, 3), 0.5, np.float32)
    made = pipeline(["red armour"], image=picture[None], strength=0.5, num_inference_steps=4, output_type="np").images

    assert vae[-1] < 0.8 * vae[0]
    assert unet[-1] < 0.98 * unet[0]
    assert made.shape == (1, 64, 64, 3)
    assert pipeline.scheduler.config.prediction_type == "v_prediction"
    assert (trained / "model" / "identity" / "model.safetensors").exists()


def test_a_finished_training_that_is_started_again_changes_nothing(trained: Path) -> None:
    weights = trained / "model" / "unet" / "diffusion_pytorch_model.safetensors"
    before, steps = weights.read_bytes(), losses(trained, "unet")

    train_everything(MINIATURE, trained)

    assert weights.read_bytes() == before
    assert losses(trained, "unet") == steps


def shelf(kind: str) -> Shelf:
    """Latents that say which group and member they are of."""
    listed = [s for s in shards(MINIATURE.world) if s.kind == kind]
    arrays = [
        (np.arange(s.groups)[:, None] * 10 + np.arange(6)[None]).astype(np.float16)[..., None, None, None]
        for s in listed
    ]
    return Shelf(kind=kind, share=SHARES[(kind, True)], listed=listed, arrays=arrays)


@pytest.mark.parametrize("kind", ["characters", "photographs"])
def test_pairs_stay_within_a_group_and_differ_only_where_noise_is_strong(kind: str) -> None:
    batch = draw_pairs(MINIATURE, shelf(kind), Random(1), 400)
    source, target = batch.noised.ravel().astype(int), batch.target.ravel().astype(int)
    different = source != target

    assert (source // 10 == target // 10).all()
    assert not different[batch.timesteps < MINIATURE.unet.look_pairs[0]].any()
    assert different[batch.timesteps > 800].mean() > 0.5
    if kind == "characters":
        other_outfit = (source % 10) // 3 != (target % 10) // 3
        assert not other_outfit[batch.timesteps < MINIATURE.unet.outfit_pairs[0]].any()


def test_a_changed_outfit_is_always_named() -> None:
    drawn = shelf("characters")
    config = replace(MINIATURE, unet=replace(MINIATURE.unet, caption_dropout=0.0))
    batch = draw_pairs(config, drawn, Random(2), 300)
    for source, target, words in zip(batch.noised.ravel(), batch.target.ravel(), batch.captions, strict=True):
        if int(source) % 10 // 3 != int(target) % 10 // 3:
            member = members(MINIATURE.world, drawn.listed[0], int(target) // 10)[int(target) % 10]
            assert member.picture is not None
            assert member.picture.outfit.colour in words


def test_pair_probability_rises_within_its_span() -> None:
    values = [pair_probability(t, (500, 700)) for t in (0, 500, 600, 700, 999)]

    assert values[:2] == [0.0, 0.0]
    assert 0 < values[2] < values[3] == values[4] < 1
