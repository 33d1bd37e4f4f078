"""The training code, in miniature: losses fall, runs resume, pairs are what the recipe says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from diffusers import ControlNetModel
from PIL import Image

from core.imaging.edges import edge_map
from core.tinymodel.config import (
    ControlConfig,
    FaceConfig,
    JudgeConfig,
    TextConfig,
    TinyConfig,
    UnetConfig,
    VaeConfig,
    WorldConfig,
)
from core.tinymodel.control import controlled, with_strangers
from core.tinymodel.groups import members, shards
from core.tinymodel.hints import draw_hints, load_hints
from core.tinymodel.latents import Shelf, load_shelves
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
    control=ControlConfig(embedding=(8, 8, 8, 8), batch=8, minutes=10.0, steps=75),
    judges=JudgeConfig(channels=(8, 16), embedding=8, identities=6, batch=6, minutes=10.0, steps=4),
    face=FaceConfig(channels=(8, 16), identities=4, batch=4, minutes=10.0, steps=50),
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
    assert losses(trained, "face")[-1] < losses(trained, "face")[0]


def test_the_miniature_s_controlnet_learns_and_joins_its_pipeline(trained: Path) -> None:
    steps = losses(trained, "control")
    net = ControlNetModel.from_pretrained(trained / "model" / "controlnet")
    pipeline = load_pipeline(trained / "model")
    sample, states = torch.randn(1, 4, 8, 8), torch.randn(1, 48, 32)
    hints = [torch.full((1, 3, 64, 64), white) for white in (0.0, 1.0)]
    with torch.no_grad():
        made = [controlled(net, pipeline.unet, sample, torch.tensor([800]), states, hint) for hint in hints]

    assert steps[-1] < steps[0]
    assert not torch.equal(*made)  # zeros behind the net would hide the hint
    assert "_name_or_path" not in (trained / "model" / "controlnet" / "config.json").read_text()


def test_a_hint_shows_the_target_or_another_look_of_it(trained: Path) -> None:
    drawn = load_shelves(MINIATURE, trained / "latents", SHARES)[0]
    hints = load_hints(drawn, trained / "edges")
    own = replace(MINIATURE, control=replace(MINIATURE.control, other_look=0.0))
    others = replace(MINIATURE, control=replace(MINIATURE.control, other_look=1.0))
    places = [(0, 2, 4)] * 40
    picture = np.load(trained / "world" / f"{drawn.listed[0].name}.npy")[2, 4]

    assert drawn.kind == "characters"
    shown = draw_hints(own, drawn, hints, places, Random(1))
    assert shown.shape == (40, 3, 64, 64)
    assert (shown == np.asarray(edge_map(Image.fromarray(picture))).transpose(2, 0, 1) / 255).all()
    same_outfit = {np.unpackbits(hints[0][2, member], axis=-1).tobytes() for member in (3, 4, 5)}
    drawn_hints = draw_hints(others, drawn, hints, places, Random(1))
    assert {one[0].astype(np.uint8).tobytes() for one in drawn_hints} == same_outfit


def test_strangers_are_noised_only_where_noise_is_strong() -> None:
    config = MINIATURE.control
    batch = draw_pairs(MINIATURE, shelf("characters"), Random(1), 400)
    mixed = with_strangers(config, batch, Random(2))
    changed = (mixed.noised != batch.noised).ravel()

    assert not changed[batch.timesteps < config.stranger_from].any()
    assert 0.2 < changed[batch.timesteps >= config.stranger_from].mean() < 0.5
    assert (mixed.target == batch.target).all()


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
