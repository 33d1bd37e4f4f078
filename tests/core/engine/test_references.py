"""Image-prompt adapters: a picture beside the words, each job with its own scale, in the batch and alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from PIL import Image

from core.domain.names import BlobId, JobId
from core.domain.request import Reference, Request
from core.engine.batcher import StepBatcher
from core.engine.contract import EngineConfig
from core.engine.families import family_of
from core.engine.families.stable_diffusion import StableDiffusion
from core.engine.loading import Model, load_model
from core.engine.runner import PipelineRunner
from core.engine.running import Hooks, Task
from core.errors import ModelError
from tests.core.engine.conftest import config_for
from tests.core.engine.making import STOCK, difference, drawn, half_mask, png, request_for, stock_result
from tests.small_models import small_adapter

Folders = Callable[[str], Path]
Adapters = Callable[[str, bool], Path]
Models = Callable[[str, bool], Model]

STOCK_CLASSES = {
    "sd": diffusers.StableDiffusionImg2ImgPipeline,
    "sdxl": diffusers.StableDiffusionXLImg2ImgPipeline,
}
NAMES = {BlobId("red"): 21, BlobId("blue"): 22}  # references, and the seeds that draw them
PICTURES = {name: png(drawn(seed)) for name, seed in NAMES.items()}
EITHER = pytest.mark.parametrize("full", [False, True], ids=["summed up", "full"])


@pytest.fixture(scope="module")
def adapter_of(tmp_path_factory: pytest.TempPathFactory, folder_of: Folders) -> Adapters:
    root = tmp_path_factory.mktemp("adapters")
    return cache(lambda kind, full: small_adapter(root / f"{kind}-{full}", folder_of(kind), full=full))


def with_adapter(folder: Path, adapter: Path | str, **changes: Any) -> EngineConfig:
    config = config_for(folder)
    return replace(config, spec=replace(config.spec, adapter=str(adapter), **changes))


@pytest.fixture(scope="module")
def model_of(folder_of: Folders, adapter_of: Adapters) -> Models:
    return cache(lambda kind, full: load_model(with_adapter(folder_of(kind), adapter_of(kind, full))))


def task_of(request: Request, mask: bytes | None = None) -> Task:
    """Named by its seed, which also draws its picture."""
    named = request.varied(picture=BlobId(f"picture {request.seed}"), mask=BlobId("mask") if mask else None)
    return Task(
        job=JobId(str(request.seed)),
        request=named,
        picture=png(drawn(request.seed)),
        mask=mask,
        hooks=Hooks(),
        others=PICTURES,
    )


def batched(batcher: StepBatcher, *tasks: Task) -> list[Image.Image]:
    """Their results, in order."""
    for task in tasks:
        assert batcher.accepts(task)
        batcher.start(task)
    images = {}
    while batcher.is_busy:
        for ended in batcher.tick():
            assert ended.rendered
            images[ended.job] = ended.rendered.image
        batcher.check_integrity()
    return [images[task.job] for task in tasks]


def batcher_over(model: Model) -> StepBatcher:
    family = family_of(model)
    assert family
    return StepBatcher(family)


def alone(model: Model, task: Task) -> Image.Image:
    return PipelineRunner(model).run(task.request, task.picture, task.mask, None, task.others).image


def shown(name: str, scale: float) -> Reference:
    return Reference(picture=BlobId(name), scale=scale)


@EITHER
@pytest.mark.parametrize("kind", STOCK_CLASSES)
@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_a_reference_counts_as_much_as_in_the_stock_pipeline(
    folder_of: Folders, adapter_of: Adapters, model_of: Models, kind: str, full: bool, guidance: float
) -> None:
    job = task_of(request_for(seed=3, steps=8, guidance=guidance, reference=shown("red", 0.6)))
    stock = STOCK_CLASSES[kind].from_pretrained(folder_of(kind))
    stock.scheduler = STOCK["ddim"]({**stock.scheduler.config, "clip_sample": False})
    adapter = adapter_of(kind, full)
    stock.load_ip_adapter(str(adapter.parent), subfolder="", weight_name=adapter.name)
    stock.set_ip_adapter_scale(0.6)
    expected = stock_result(stock, job.request, drawn(3), strength=0.5, ip_adapter_image=drawn(NAMES[BlobId("red")]))
    model = model_of(kind, full)
    assert difference(batched(batcher_over(model), job)[0], expected) <= 1
    assert difference(alone(model, job), expected) <= 1


@EITHER
@pytest.mark.parametrize("kind", STOCK_CLASSES)
def test_neighbours_of_other_scales_and_references_change_nothing(model_of: Models, kind: str, full: bool) -> None:
    model = model_of(kind, full)
    wishes = [("red", 0.0, 5.0), ("red", 0.3, 1.0), ("blue", 0.3, 5.0), ("red", 1.0, 5.0), None]
    jobs = []
    for seed, wish in enumerate(wishes):
        request = request_for(seed=seed, strength=Decimal(seed % 3 + 1) / 4, steps=8)
        if wish:
            request = request.varied(reference=shown(*wish[:2]), guidance=wish[2])
        jobs.append(task_of(request))
    together = batched(batcher_over(model), *jobs)
    for job, image in zip(jobs, together, strict=True):
        assert difference(image, alone(model, job)) <= 1


def test_a_reference_changes_the_result_by_its_scale(model_of: Models) -> None:
    model = model_of("sd", False)
    results = [
        batched(batcher_over(model), task_of(request_for(seed=1, reference=reference)))[0]
        for reference in (None, shown("red", 0.0), shown("red", 0.5), shown("red", 1.0), shown("blue", 1.0))
    ]
    none, nothing, half, whole, other = results
    assert difference(none, nothing) == 0
    assert min(difference(*pair) for pair in ((none, half), (half, whole), (whole, other))) > 1


@pytest.mark.parametrize("kind", STOCK_CLASSES)
def test_without_a_reference_an_adapter_changes_nothing(
    model_of: Models, runner_of: Callable[[str], PipelineRunner], kind: str
) -> None:
    model, job = model_of(kind, False), task_of(request_for(seed=5))
    before = runner_of(kind).run(job.request, job.picture).image
    alone(model, task_of(request_for(seed=6, reference=shown("red", 1.0))))  # leaves nothing behind
    assert difference(alone(model, job), before) == 0
    assert difference(batched(batcher_over(model), job)[0], before) <= 1


@pytest.mark.parametrize("strength", ["0.5", "1"])
def test_masks_and_references_go_together(model_of: Models, strength: str) -> None:
    request = request_for(seed=8, strength=Decimal(strength), reference=shown("blue", 0.7))
    job = task_of(request, mask=png(half_mask()))
    model = model_of("sd", False)
    assert difference(batched(batcher_over(model), job)[0], alone(model, job)) <= 1


def test_jobs_with_and_without_a_reference_take_turns(model_of: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    family = family_of(model_of("sd", False))
    assert isinstance(family, StableDiffusion)
    rows: list[tuple[int, int]] = []
    predict = family.predict

    def watched(samples: torch.Tensor, timesteps: torch.Tensor, told: Any) -> torch.Tensor:
        rows.append((len(told), sum(row.guides.reference is not None for row in told)))
        return predict(samples, timesteps, told)

    monkeypatch.setattr(family, "predict", watched)
    jobs = [task_of(request_for(seed=seed, reference=shown("red", seed / 4))) for seed in (1, 2)]
    batched(StepBatcher(family), *jobs, task_of(request_for(seed=3)), task_of(request_for(seed=4)))
    assert rows.count((4, 4)) == rows.count((4, 0)) == 3


def test_a_picture_is_looked_at_once(model_of: Models) -> None:
    batcher = batcher_over(model_of("sd", False))
    batched(batcher, *(task_of(request_for(seed=seed, reference=shown("red", seed / 4))) for seed in (1, 2, 3)))
    assert (batcher.figures["references_hits"], batcher.figures["references_misses"]) == (2, 1)
    assert batcher.figures["references_bytes"] > 0


def test_the_fast_copy_of_the_network_has_the_adapter_too(model_of: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    family = family_of(model_of("sd", False))
    assert isinstance(family, StableDiffusion)
    job = task_of(request_for(seed=1, reference=shown("red", 0.6)))
    exact = batched(StepBatcher(family), job)[0]
    without = batched(StepBatcher(family), task_of(request_for(seed=1)))[0]
    monkeypatch.setattr("core.engine.precision.has_fast_bfloat16", lambda: True)
    monkeypatch.setattr("core.engine.precision._WORTH_IT", 0.0)
    assert family.hasten()
    quick = batched(StepBatcher(family), job)[0]
    assert 0 < difference(quick, exact) < difference(without, exact) / 4


def test_a_model_without_an_adapter_says_so(folder_of: Folders) -> None:
    model = load_model(config_for(folder_of("sd")))
    job = task_of(request_for(seed=1, reference=shown("red", 0.6)))
    assert not batcher_over(model).accepts(job)
    with pytest.raises(ModelError) as caught:
        alone(model, job)
    assert caught.value.key == "model.no-reference"


def test_a_model_of_a_kind_without_adapters_is_refused_one(folder_of: Folders, adapter_of: Adapters) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(with_adapter(folder_of("z-image"), adapter_of("sd", False)))
    assert caught.value.key == "model.no-adapter"


def test_an_adapter_s_image_encoder_may_be_elsewhere(folder_of: Folders, adapter_of: Adapters, tmp_path: Path) -> None:
    adapter = adapter_of("sd", False)
    copy = tmp_path / adapter.name
    copy.write_bytes(adapter.read_bytes())
    encoder = str(adapter.parent / "image_encoder")
    model = load_model(with_adapter(folder_of("sd"), copy, adapter_encoder=encoder))
    assert alone(model, task_of(request_for(seed=1, reference=shown("red", 0.6))))


@pytest.mark.parametrize("broken", ["nowhere.safetensors", "somebody/who/does-not-exist.safetensors", "pickle.bin"])
def test_an_adapter_that_cannot_be_loaded_says_so(folder_of: Folders, tmp_path: Path, broken: str) -> None:
    (tmp_path / "pickle.bin").write_bytes(b"anything")
    adapter = broken if "/" in broken else tmp_path / broken
    with pytest.raises(ModelError) as caught:
        load_model(with_adapter(folder_of("sd"), adapter))
    assert caught.value.key == "model.broken-adapter"


def test_an_image_encoder_that_is_a_pickle_is_not_opened(
    folder_of: Folders, adapter_of: Adapters, tmp_path: Path
) -> None:
    adapter = adapter_of("sd", False)
    (tmp_path / adapter.name).write_bytes(adapter.read_bytes())
    encoder = tmp_path / "image_encoder"
    encoder.mkdir()
    (encoder / "config.json").write_bytes((adapter.parent / "image_encoder" / "config.json").read_bytes())
    (encoder / "pytorch_model.bin").write_bytes(b"anything")
    with pytest.raises(ModelError) as caught:
        load_model(with_adapter(folder_of("sd"), tmp_path / adapter.name))
    assert caught.value.key == "model.broken-adapter"
