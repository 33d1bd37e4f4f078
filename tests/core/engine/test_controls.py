"""ControlNets in the batch: everybody's maps, scales and spans, against the library's own ControlNet pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers import ControlNetModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.domain.names import BlobId
from core.domain.request import Control
from core.engine.batcher import StepBatcher
from core.engine.contract import EngineConfig
from core.engine.families import family_of
from core.engine.families.family import Family
from core.engine.families.stable_diffusion import StableDiffusion
from core.engine.hints import evaluations_of
from core.engine.loading import Model, load_model
from core.engine.runner import PipelineRunner, exact_strength
from core.engine.running import Hooks, Task
from core.errors import ModelError
from core.imaging.edges import edge_map
from tests.core.engine.batching import task_of, through
from tests.core.engine.conftest import config_for
from tests.core.engine.making import STOCK, difference, drawn, half_mask, png, request_for
from tests.small_models import small_controlnet, small_depth_estimator

NETS = ("lines", "shapes")
KINDS = ["sd", "sd-16-channels", "sdxl", "sd-inpainting"]
STOCK_CONTROLLED = {
    "sd": (
        diffusers.StableDiffusionControlNetImg2ImgPipeline,
        diffusers.StableDiffusionControlNetPipeline,
        diffusers.StableDiffusionControlNetInpaintPipeline,
    ),
    "sdxl": (
        diffusers.StableDiffusionXLControlNetImg2ImgPipeline,
        diffusers.StableDiffusionXLControlNetPipeline,
        diffusers.StableDiffusionXLControlNetInpaintPipeline,
    ),
}
Configs = Callable[[str], EngineConfig]
Loads = Callable[[str], tuple[Family, PipelineRunner]]


@pytest.fixture(scope="session")
def config_of(folder_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Configs:
    """A small model's configuration, with two ControlNets."""
    root = tmp_path_factory.mktemp("controlnets")

    def make(kind: str) -> EngineConfig:
        config = config_for(folder_of(kind))
        nets = {
            name: str(small_controlnet(root / kind / name, folder_of(kind), seed=seed))
            for seed, name in enumerate(NETS)
        }
        return replace(config, spec=replace(config.spec, controlnets=nets))

    return cache(make)


@pytest.fixture(scope="session")
def loaded(config_of: Configs) -> Loads:
    def load(kind: str) -> tuple[Family, PipelineRunner]:
        model = load_model(config_of(kind))
        family = family_of(model)
        assert family
        return family, PipelineRunner(model)

    return cache(load)


def map_of(seed: int) -> Image.Image:
    return drawn(100 + seed)


def controlled(task: Task, *controls: Control, maps: Mapping[BlobId, bytes] | None = None) -> Task:
    return replace(task, request=task.request.varied(controls=controls), others=maps or {})


@st.composite
def controls(draw: st.DrawFn) -> tuple[Control, ...]:
    """One net or both, with a map of its own or the picture's."""
    names = draw(st.sampled_from([NETS[:1], NETS[1:], NETS, NETS[::-1]]))
    spans = [(0.0, 1.0), (0.0, 0.5), (0.3, 1.0), (0.25, 0.75), (0.95, 1.0)]
    made = []
    for name in names:
        start, end = draw(st.sampled_from(spans))
        hint = BlobId(f"map {draw(st.integers(0, 2))}") if draw(st.booleans()) else None
        made.append(
            Control(net=name, hint=hint, scale=draw(st.sampled_from([0.0, 0.4, 1.0, 1.7])), start=start, end=end)
        )
    return tuple(made)


MAPS = {BlobId(f"map {seed}"): png(map_of(seed)) for seed in range(3)}


@st.composite
def tasks(draw: st.DrawFn, kind: str) -> list[Task]:
    """A few jobs, with controls and without."""
    made = []
    for seed in range(draw(st.integers(2, 5))):
        masked = draw(st.integers(0, 3)) == 0
        inpainted = masked or kind == "sd-inpainting"
        request = request_for(
            strength=Decimal(draw(st.sampled_from(["0.8", "1"] if inpainted else ["0.4", "0.8", "1"]))),
            steps=draw(st.integers(3, 6)),
            guidance=draw(st.sampled_from([1.0, 4.0])),
            scheduler=draw(st.sampled_from(["ddim", "euler-ancestral", "dpm++2m-karras", "heun"])),
            seed=seed,
        )
        task = task_of(request, mask=png(half_mask()) if masked else None)
        chosen = draw(controls()) if draw(st.integers(0, 3)) else ()
        made.append(controlled(task, *chosen, maps=MAPS))
    return made


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), moments=st.integers(0, 2**31))
def test_everybody_follows_their_own_maps_whoever_joins_when(
    loaded: Loads, kind: str, data: st.DataObject, moments: int
) -> None:
    family, runner = loaded(kind)
    jobs = data.draw(tasks(kind))
    ended = through(StepBatcher(family), jobs, Random(moments))
    for job in jobs:
        rendered = ended[job.job].rendered
        assert rendered
        alone = runner.run(job.request, job.picture, job.mask, others=job.others)
        assert difference(rendered.image, alone.image) <= 1


def stock(kind: str, model: Model, task: Task) -> Image.Image:
    """What the library's own class for this gives, loaded and called as its documentation says."""
    request, picture = task.request, drawn(task.request.seed)
    image2image, text2image, inpaint = STOCK_CONTROLLED[kind]
    places = model.controlnets.places
    nets = [ControlNetModel.from_pretrained(places[control.net]) for control in request.controls]
    maps = [Image.open(_file(task.others[control.hint])) if control.hint else picture for control in request.controls]
    chosen = inpaint if task.mask else text2image if request.strength == 1 else image2image
    own = {
        name: part
        for name, part in model.image2image.components.items()
        if name in chosen._get_signature_keys(chosen)[0]
    }
    pipeline = chosen(**own, controlnet=nets, **({} if kind == "sdxl" else {"requires_safety_checker": False}))
    pipeline.scheduler = STOCK[request.scheduler](model.own_scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    more: dict[str, Any] = {"image": maps} if chosen is text2image else {"image": picture, "control_image": maps}
    if chosen is not text2image:
        more["strength"] = exact_strength(pipeline, request.plan)
    if task.mask:
        more["mask_image"] = half_mask()
    image: Image.Image = pipeline(
        prompt=request.prompt,
        negative_prompt=request.negative or None,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance,
        generator=torch.Generator().manual_seed(request.seed),
        controlnet_conditioning_scale=[control.scale for control in request.controls],
        control_guidance_start=[control.start for control in request.controls],
        control_guidance_end=[control.end for control in request.controls],
        **more,
    ).images[0]
    return Image.composite(image, picture, half_mask()) if task.mask else image


def _file(data: bytes) -> Any:
    import io

    return io.BytesIO(data)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("strength", ["0.6", "1"])
@pytest.mark.parametrize("kind", ["sd", "sdxl"])
def test_the_result_is_that_of_the_library_s_controlnet_pipelines(
    loaded: Loads, config_of: Configs, kind: str, strength: str, masked: bool
) -> None:
    family, _ = loaded(kind)
    both = (
        Control(net="lines", hint=BlobId("map 0"), scale=0.9),
        Control(net="shapes", hint=BlobId("map 1"), scale=0.6, start=0.2, end=0.7),
    )
    request = request_for(strength=Decimal(strength), seed=3, scheduler="euler", negative="blurry")
    task = controlled(task_of(request, mask=png(half_mask()) if masked else None), *both, maps=MAPS)
    rendered = through(StepBatcher(family), [task])[task.job].rendered
    assert rendered
    model = load_model(config_of(kind))
    assert difference(rendered.image, stock(kind, model, task)) <= 1
    without = through(StepBatcher(family), [replace(task, request=request)])[task.job].rendered
    assert without
    assert difference(rendered.image, without.image) > 5  # or the nets said nothing


def test_a_map_and_the_hits_of_its_cache_show_in_the_figures(loaded: Loads) -> None:
    batcher = StepBatcher(loaded("sd")[0])
    jobs = [
        controlled(task_of(request_for(seed=seed)), Control(net="lines", hint=BlobId("map 0")), maps=MAPS)
        for seed in range(2)
    ]
    through(batcher, jobs)
    assert (batcher.figures["maps_hits"], batcher.figures["maps_misses"]) == (1, 1)
    assert batcher.figures["maps_bytes"] == 3 * 32 * 32


def test_jobs_with_the_same_nets_share_an_evaluation_and_others_take_turns(loaded: Loads) -> None:
    family, _ = loaded("sd")
    line, shape = Control(net="lines", scale=0.3), Control(net="shapes", start=0.5)
    jobs = [
        controlled(task_of(request_for(seed=1)), line, shape),
        controlled(task_of(request_for(seed=2)), shape, line),
        task_of(request_for(seed=3)),
    ]
    batcher = StepBatcher(family)
    through(batcher, jobs)
    assert batcher.figures["ticks"] == 3 + 3
    assert batcher.figures["rows"] == 3 * 4 + 3 * 2


def test_a_net_that_nobody_in_the_batch_wants_now_is_not_run(loaded: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    family, _ = loaded("sd")
    assert family.controlnets
    net = family.controlnets.net("lines", torch.float32)
    calls: list[int] = []
    plain = net.forward

    def counted(*given: Any, **options: Any) -> Any:
        calls.append(len(given[0]))
        return plain(*given, **options)

    monkeypatch.setattr(net, "forward", counted)
    request = request_for(steps=8, strength=Decimal("0.5"))  # four evaluations
    jobs = [
        controlled(task_of(request.varied(seed=1)), Control(net="lines", end=0.25)),
        controlled(task_of(request.varied(seed=2)), Control(net="lines", end=0.5)),
    ]
    through(StepBatcher(family), jobs)
    assert calls == [4, 4]


@given(start=st.floats(0, 1), end=st.floats(0, 1), count=st.integers(1, 40))
def test_a_span_covers_the_evaluations_that_the_library_keeps(start: float, end: float, count: int) -> None:
    kept = [1.0 - float(i / count < start or (i + 1) / count > end) for i in range(count)]
    found = evaluations_of(Control(net="x", start=start, end=end), count)
    assert [float(i in found) for i in range(count)] == kept


def test_the_edges_of_the_picture_are_made_where_no_map_is_sent(config_of: Configs) -> None:
    config = config_of("sd")
    spec = replace(config.spec, controlnets={"edges": config.spec.controlnets["lines"]})
    model = load_model(replace(config, spec=spec))
    family, picture = family_of(model), drawn(4)
    assert family
    made = controlled(task_of(request_for(seed=4)), Control(net="edges"))
    sent = controlled(
        task_of(request_for(seed=4)), Control(net="edges", hint=BlobId("m")), maps={BlobId("m"): png(edge_map(picture))}
    )
    results = [through(StepBatcher(family), [task])[task.job].rendered for task in (made, sent)]
    assert results[0]
    assert results[1]
    assert np.asarray(edge_map(picture)).any()
    assert difference(results[0].image, results[1].image) == 0


def sentence_of(run: Callable[[], Any]) -> str:
    with pytest.raises(ModelError) as caught:
        run()
    return str(caught.value)


def batched_sentence(family: Family, task: Task) -> str:
    error = through(StepBatcher(family), [task])[task.job].error
    assert isinstance(error, ModelError)
    return str(error)


def test_a_net_that_is_missing_broken_or_of_another_model_fails_its_job_alone_with_a_sentence(
    config_of: Configs, tmp_path: Path
) -> None:
    config = config_of("sd")
    (tmp_path / "config.json").write_text("{}")
    places = {**config.spec.controlnets, "gone": str(tmp_path / "nowhere"), "broken": str(tmp_path), "depth": "x"}
    model = load_model(replace(config, spec=replace(config.spec, controlnets=places)))
    family = family_of(model)
    assert family
    tasks = {
        net: controlled(task_of(request_for(seed=seed)), Control(net=net))
        for seed, net in enumerate(("gone", "broken", "unheard", "lines"))
    }
    ended = through(StepBatcher(family), list(tasks.values()))
    said = {net: str(ended[task.job].error) for net, task in tasks.items()}
    assert "ControlNet gone of sd could not be loaded" in said["gone"]
    assert "ControlNet broken of sd could not be loaded" in said["broken"]
    assert said["unheard"] == "The model sd has no ControlNet unheard."
    assert ended[tasks["lines"].job].rendered
    job = tasks["gone"]
    assert "could not be loaded" in sentence_of(lambda: PipelineRunner(model).run(job.request, job.picture))


def test_depth_without_an_estimator_says_what_to_do(config_of: Configs) -> None:
    config = config_of("sd")
    model = load_model(
        replace(config, spec=replace(config.spec, controlnets={"depth": config.spec.controlnets["lines"]}))
    )
    family = family_of(model)
    assert family
    asked = controlled(task_of(request_for(seed=1)), Control(net="depth"))
    assert "send a depth map along" in batched_sentence(family, asked)
    sent = controlled(task_of(request_for(seed=2)), Control(net="depth", hint=BlobId("map 0")), maps=MAPS)
    assert through(StepBatcher(family), [sent])[sent.job].rendered


def test_depth_is_seen_by_the_operator_s_estimator(config_of: Configs, tmp_path: Path) -> None:
    config = config_of("sd")
    nets = {"depth": config.spec.controlnets["lines"]}
    seeing = replace(config.spec, controlnets=nets, depth_estimator=str(small_depth_estimator(tmp_path / "depth")))
    model = load_model(replace(config, spec=seeing))
    family = family_of(model)
    assert family
    depth = model.controlnets.depth_of(drawn(5))
    assert (depth.mode, depth.size) == ("RGB", (32, 32))
    made = controlled(task_of(request_for(seed=5)), Control(net="depth"))
    sent = controlled(
        task_of(request_for(seed=5)), Control(net="depth", hint=BlobId("m")), maps={BlobId("m"): png(depth)}
    )
    results = [through(StepBatcher(family), [task])[task.job].rendered for task in (made, sent)]
    assert results[0]
    assert results[1]
    assert difference(results[0].image, results[1].image) == 0
    broken = load_model(replace(config, spec=replace(seeing, depth_estimator=str(tmp_path))))
    assert "could not be loaded" in sentence_of(lambda: broken.controlnets.depth_of(drawn(5)))


@pytest.mark.parametrize("kind", ["flux", "sd3"])
def test_families_without_controlnets_say_so(folder_of: Callable[[str], Path], kind: str) -> None:
    model = load_model(config_for(folder_of(kind)))
    family = family_of(model)
    assert family
    task = controlled(task_of(request_for(seed=1, scheduler="model")), Control(net="edges"))
    assert not StepBatcher(family).accepts(task)
    said = sentence_of(lambda: PipelineRunner(model).run(task.request, task.picture, hooks=Hooks()))
    assert said == f"The model {kind} has no ControlNets; leave control away."


def test_nets_follow_the_network_into_another_precision(config_of: Configs) -> None:
    model = load_model(config_of("sd"))
    family = family_of(model)
    assert isinstance(family, StableDiffusion)
    family._use(family._unet.to(torch.bfloat16))  # what hasten does where it pays
    task = controlled(task_of(request_for(seed=1)), Control(net="lines"))
    assert through(StepBatcher(family), [task])[task.job].rendered
    assert model.controlnets.net("lines", torch.bfloat16).dtype == torch.bfloat16
    assert model.controlnets.net("lines", torch.float32).dtype == torch.float32
