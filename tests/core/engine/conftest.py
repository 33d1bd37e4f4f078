"""Small models, and runners over them, made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from core.domain.catalogue import load_catalogue
from core.engine.contract import EngineConfig
from core.engine.families import family_of
from core.engine.families.family import Family
from core.engine.loading import load_model
from core.engine.runner import PipelineRunner
from tests import small_models

_TRAILING: dict[str, Any] = {"timestep_spacing": "trailing"}
_TURBO = diffusers.EulerAncestralDiscreteScheduler
BUILDERS: dict[str, Callable[[Path], Path]] = {
    "sd": small_models.small_sd,
    "sd-16-channels": lambda folder: small_models.small_sd(folder, channels=16),
    "sd-pndm": lambda folder: small_models.small_sd(folder, pndm=True),
    "sd-inpainting": lambda folder: small_models.small_sd(folder, inpainting=True),
    "lcm": small_models.small_lcm,
    "sdxl": small_models.small_sdxl,
    "sdxl-turbo": lambda folder: small_models.small_sdxl(folder, scheduler=_TURBO, **_TRAILING),
    "sdxl-lightning": lambda folder: small_models.small_sdxl(folder, **_TRAILING),
    "sdxl-lightning-1": lambda folder: small_models.small_sdxl(folder, **_TRAILING, prediction_type="sample"),
    "sdxl-inpainting": lambda folder: small_models.small_sdxl(folder, inpainting=True),
    "sd3": small_models.small_sd3,
    "sd3-dynamic": lambda folder: small_models.small_sd3(folder, dynamic=True),
    "flux": small_models.small_flux,
    "flux-schnell": lambda folder: small_models.small_flux(folder, distilled=False),
    "z-image": small_models.small_z_image,
    "qwen-image": small_models.small_qwen_image,
}


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # small tensors gain nothing from a second one, and spinning threads cost the others


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("models")
    return cache(lambda kind: BUILDERS[kind](root / kind))


@pytest.fixture(scope="session")
def runner_of(folder_of: Callable[[str], Path]) -> Callable[[str], PipelineRunner]:
    return cache(lambda kind: PipelineRunner.load(config_for(folder_of(kind))))


@pytest.fixture(scope="session")
def family_named(folder_of: Callable[[str], Path]) -> Callable[[str], Family]:
    def load(kind: str) -> Family:
        family = family_of(load_model(config_for(folder_of(kind))))
        assert family
        return family

    return cache(load)


def config_for(folder: Path | str, **changes: Any) -> EngineConfig:
    spec = load_catalogue().model("anything")
    return EngineConfig(model=str(folder), spec=spec, device="cpu", threads=1, offline=True, **changes)
