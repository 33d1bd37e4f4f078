"""The shipped weights do what their card says, on a few characters that no training saw."""

import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.domain.catalogue import BUNDLED, load_catalogue
from core.domain.names import BlobId, JobId
from core.domain.request import Control, Request
from core.engine.batcher import StepBatcher
from core.engine.contract import EngineConfig
from core.engine.families import family_of
from core.engine.loading import load_model
from core.engine.running import Hooks, Task
from core.imaging.edges import edge_map
from core.tinymodel import bundled_model_path
from core.tinymodel.config import TinyConfig
from core.tinymodel.draw import draw
from core.tinymodel.evaluate import load_bench
from core.tinymodel.measure import (
    Bench,
    embed,
    held_out,
    identity_rate,
    other_outfits,
    outfit_prompt,
    outfit_rates,
    restyle,
)
from core.tinymodel.measure_control import agreement
from core.tinymodel.measure_maps import changes, load_runner, restyle_by_map
from tests.core.engine.batching import through

COUNT = 6


@pytest.fixture(scope="module")
def bench() -> Bench:
    """The shipped pipeline and judges, with few steps."""
    return load_bench(bundled_model_path(), steps=8)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Held-out characters."""
    return np.stack([draw(p) for p in held_out(TinyConfig().world.held_out_seed, COUNT)])


def test_the_folder_is_small_and_complete() -> None:
    folder = bundled_model_path()
    files = [p for p in folder.rglob("*") if p.is_file()]

    assert sum(p.stat().st_size for p in files) <= 40_000_000
    assert {p.parent.name for p in files if p.suffix == ".safetensors"} >= {
        *("vae", "unet", "text_encoder", "identity", "controlnet")
    }
    assert (folder / "README.md").exists()


def test_importing_the_package_loads_no_torch() -> None:
    code = "import sys, core.tinymodel; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_change_grows_with_strength(bench: Bench, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    prompts = [outfit_prompt(o) for o in other_outfits(held_out(TinyConfig().world.held_out_seed, COUNT))]
    changes = [
        float(np.abs(restyle(bench, pixels[:3], prompts[:3], s).astype(float) - pixels[:3]).mean())
        for s in (0.2, 0.5, 0.9)
    ]

    assert changes == sorted(changes)
    assert changes[2] > 1.5 * changes[0]


def test_identity_stays_at_a_low_strength_and_the_outfits_colour_follows_at_a_high_one(
    bench: Bench, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    pictures = held_out(TinyConfig().world.held_out_seed, 60)
    gallery = embed(bench, np.stack([draw(p) for p in pictures]))
    outfits = other_outfits(pictures)[:COUNT]
    prompts = [outfit_prompt(o) for o in outfits]

    assert identity_rate(bench, restyle(bench, pixels, prompts, 0.4), gallery) >= 0.6
    assert outfit_rates(bench, restyle(bench, pixels, prompts, 0.75), outfits)["colour"] >= 0.5


def test_a_map_that_keeps_the_face_leaves_it_nearer_to_the_input_while_the_clothes_change(
    bench: Bench, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    pictures = held_out(TinyConfig().world.held_out_seed, 3)
    prompts = [outfit_prompt(o) for o in other_outfits(pictures)]
    mapped = restyle_by_map(load_runner(bundled_model_path()), bench, pictures, prompts, 0.75)
    by_map = changes(pixels[:3], mapped, pictures)
    even = changes(pixels[:3], restyle(bench, pixels[:3], prompts, 0.75), pictures)

    assert by_map["face"] < 0.6 * even["face"]
    assert by_map["clothes"] > 0.7 * even["clothes"]


def test_the_autoencoder_gives_back_what_it_was_given(
    bench: Bench, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    true = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        made = bench.pipeline.vae.decode(bench.pipeline.vae.encode(true).latent_dist.mean).sample.clamp(-1, 1)
    error = ((made - true) / 2).square().mean(dim=(1, 2, 3))

    assert float((-10 * torch.log10(error)).mean()) > 26


def test_a_control_map_holds_the_layout(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Through the engine, as `control=edges` gets there: other clothes are asked for, almost everything may change."""
    catalogue = load_catalogue()
    model = load_model(EngineConfig(model=BUNDLED, spec=catalogue.model(BUNDLED), device="cpu", offline=True))
    family = family_of(model)
    assert family
    prompts = [outfit_prompt(o) for o in other_outfits(held_out(TinyConfig().world.held_out_seed, COUNT))]
    hints = [edge_map(Image.fromarray(one)) for one in pixels]

    def edges(controls: tuple[Control, ...], strength: str) -> float:
        tasks = [
            task_of(seed, picture, prompt, strength, controls)
            for seed, (picture, prompt) in enumerate(zip(pixels, prompts, strict=True))
        ]
        ended = through(StepBatcher(family), tasks)
        made = [ended[task.job].rendered for task in tasks]
        return agreement(np.stack([np.asarray(one.image) for one in made if one]), hints)

    for strength in ("0.9", "1"):
        assert edges((Control(net="edges"),), strength) > 1.3 * edges((), strength)


def task_of(
    seed: int, picture: np.ndarray[Any, Any], prompt: str, strength: str, controls: tuple[Control, ...]
) -> Task:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    request = Request(
        picture=BlobId(f"picture {seed}"),
        prompt=prompt,
        width=128,
        height=128,
        strength=Decimal(strength),
        steps=8,
        guidance=4.0,
        scheduler="dpm++2m-karras",
        seed=seed,
        model=BUNDLED,
        controls=controls,
    )
    return Task(job=JobId(str(seed)), request=request, picture=buffer.getvalue(), mask=None, hooks=Hooks())
