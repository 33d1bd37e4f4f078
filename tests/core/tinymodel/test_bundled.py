"""The shipped weights do what their card says, on a few characters that no training saw."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

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
from core.tinymodel.measure_maps import changes, load_runner, restyle_by_map

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
    assert {p.parent.name for p in files if p.suffix == ".safetensors"} >= {"vae", "unet", "text_encoder", "identity"}
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
