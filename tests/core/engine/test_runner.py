"""The pipeline runner on small real models, against diffusers' own pipelines."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.domain.names import BlobId
from core.domain.request import Request
from core.domain.strength import StepCounting
from core.engine.runner import PipelineRunner
from core.engine.running import Rendered, StoppedError
from core.errors import EngineError, ModelError
from tests.core.engine.conftest import config_for
from tests.core.engine.making import (
    SIDE,
    STOCK,
    Recorder,
    difference,
    drawn,
    half_mask,
    png,
    request_for,
    stock_image2image,
    stock_result,
)

Runners = Callable[[str], PipelineRunner]
Folders = Callable[[str], Path]


# strength between 0 and 1: exactly the library's result


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    run=st.integers(1, 7),
    scheduler=st.sampled_from(sorted(STOCK)),
    guidance=st.sampled_from([0.0, 1.0, 2.5, 7.0]),
    negative=st.sampled_from(["", "blurry"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_result_equals_that_of_the_stock_pipeline(
    folder_of: Folders, runner_of: Runners, run: int, scheduler: str, guidance: float, negative: str, seed: int
) -> None:
    # of 8 steps, so that strength * steps is exact in binary floats, which the stock pipeline computes with
    request = request_for(
        strength=Decimal(run) / 8, steps=8, guidance=guidance, negative=negative, seed=seed, scheduler=scheduler
    )
    picture = drawn(seed)
    stock = stock_image2image(folder_of("sd"))
    stock.scheduler = STOCK[scheduler](diffusers.DDIMScheduler.load_config(folder_of("sd") / "scheduler"))
    expected = stock_result(stock, request, picture, strength=run / 8)
    assert difference(runner_of("sd").run(request, png(picture)).image, expected) <= 1


@pytest.mark.parametrize(
    ("kind", "stock_class"),
    [
        ("sdxl", diffusers.StableDiffusionXLImg2ImgPipeline),
        ("sd3", diffusers.StableDiffusion3Img2ImgPipeline),
        ("flux", diffusers.FluxImg2ImgPipeline),
        ("z-image", diffusers.ZImageImg2ImgPipeline),
    ],
)
def test_other_families_equal_their_stock_pipelines(
    folder_of: Folders, runner_of: Runners, kind: str, stock_class: Any
) -> None:
    request = request_for(strength=Decimal("0.5"), steps=8, scheduler="model")
    picture = drawn(1)
    stock = stock_class.from_pretrained(folder_of(kind))
    more = {} if kind == "sdxl" else {"width": SIDE, "height": SIDE}
    expected = stock_result(stock, request, picture, strength=0.5, **more)
    assert difference(runner_of(kind).run(request, png(picture)).image, expected) <= 1


def test_a_request_gives_the_same_picture_again_after_others(runner_of: Runners) -> None:
    runner, picture = runner_of("sd"), png(drawn(3))
    request = request_for(scheduler="dpm++2m-sde")
    first = runner.run(request, picture).image
    runner.run(request_for(scheduler="heun", seed=9, strength=Decimal(1)), picture)
    assert difference(runner.run(request, picture).image, first) == 0


def test_an_empty_prompt_works(runner_of: Runners) -> None:
    assert runner_of("sd").run(request_for(prompt=""), png(drawn(1))).image.size == (SIDE, SIDE)


def test_a_prompt_beyond_the_encoders_limit_works(runner_of: Runners) -> None:
    assert runner_of("sd").run(request_for(prompt="dragon " * 200), png(drawn(1))).image.size == (SIDE, SIDE)


def test_without_guidance_no_unconditional_rows_are_computed(runner_of: Runners, rows_seen: list[int]) -> None:
    runner_of("sd").run(request_for(guidance=1.0), png(drawn(1)))
    assert set(rows_seen) == {1}


@pytest.fixture
def rows_seen(runner_of: Runners) -> Any:
    """How many rows each evaluation of the small SD network had."""
    rows: list[int] = []
    unet = runner_of("sd")._model.image2image.unet
    hook = unet.register_forward_pre_hook(lambda _module, inputs: rows.append(len(inputs[0])))
    yield rows
    hook.remove()


# strength 0 and 1


def test_strength_zero_gives_the_picture_itself_without_running_the_model(
    runner_of: Runners, rows_seen: list[int]
) -> None:
    picture, recorder = drawn(4), Recorder()
    rendered = runner_of("sd").run(request_for(strength=Decimal(0)), png(picture), None, recorder)
    assert difference(rendered.image, picture) == 0
    assert (rendered.steps_run, recorder.steps, rows_seen) == (0, [], [])


@pytest.mark.parametrize("kind", ["sd", "sdxl", "sd3"])
def test_strength_one_takes_only_the_size_from_the_picture(runner_of: Runners, kind: str) -> None:
    request = request_for(strength=Decimal(1), scheduler="model", height=48)
    one, other = (runner_of(kind).run(request, png(drawn(seed))) for seed in (1, 2))
    assert difference(one.image, other.image) == 0
    assert one.image.size == (SIDE, 48)
    assert one.steps_run == request.steps


def test_strength_just_below_one_still_sees_the_picture(runner_of: Runners) -> None:
    request = request_for(strength=Decimal("0.9"), steps=10)
    one, other = (runner_of("sd").run(request, png(drawn(seed))).image for seed in (1, 2))
    assert difference(one, other) > 0


@pytest.mark.parametrize("kind", ["sd", "sd-16-channels", "sdxl"])
def test_strength_one_inside_a_mask_does_not_see_what_was_there(runner_of: Runners, kind: str) -> None:
    request = request_for(strength=Decimal(1), mask=BlobId("b" * 64), scheduler="ddim", guidance=1.0)
    picture = drawn(1)
    changed = Image.composite(drawn(2), picture, half_mask())  # differs inside the mask only
    one, other = (runner_of(kind).run(request, png(p), png(half_mask())).image for p in (picture, changed))
    far_inside = (SIDE - 6, 0, SIDE, SIDE)  # the decoder looks a little over the edge
    assert difference(one.crop(far_inside), other.crop(far_inside)) <= 40
    assert difference(one.crop(far_inside), picture.crop(far_inside)) > 0


# masks


@pytest.mark.parametrize("kind", ["sd", "sd-16-channels", "sdxl", "sd3"])
@pytest.mark.parametrize("strength", ["0.5", "1"])
def test_outside_the_mask_the_pixels_are_exactly_those_of_the_picture(
    runner_of: Runners, kind: str, strength: str
) -> None:
    picture = drawn(5)
    request = request_for(strength=Decimal(strength), mask=BlobId("b" * 64), scheduler="model")
    result = runner_of(kind).run(request, png(picture), png(half_mask())).image
    left, right = (0, 0, SIDE // 2, SIDE), (SIDE // 2, 0, SIDE, SIDE)
    assert difference(result.crop(left), picture.crop(left)) == 0
    assert difference(result.crop(right), picture.crop(right)) > 0


@pytest.mark.parametrize("scheduler", ["ddim", "euler", "dpm++2m", "heun"])
def test_a_masked_result_equals_that_of_the_stock_inpainting_pipeline(
    folder_of: Folders, runner_of: Runners, scheduler: str
) -> None:
    picture, request = drawn(6), request_for(mask=BlobId("b" * 64), steps=8, scheduler=scheduler)
    stock = diffusers.StableDiffusionInpaintPipeline.from_pretrained(folder_of("sd"))
    stock.scheduler = STOCK[scheduler](stock.scheduler.config)
    more = {"mask_image": half_mask(), "strength": 0.5, "width": SIDE, "height": SIDE}
    expected = Image.composite(stock_result(stock, request, picture, **more), picture, half_mask())
    assert difference(runner_of("sd").run(request, png(picture), png(half_mask())).image, expected) <= 1


@pytest.mark.parametrize("scheduler", ["ddim", "euler", "dpm++2m", "heun"])
def test_our_own_masking_equals_the_stock_one_where_both_work(
    runner_of: Runners, monkeypatch: pytest.MonkeyPatch, scheduler: str
) -> None:
    picture, runner = png(drawn(6)), runner_of("sd")
    request = request_for(mask=BlobId("b" * 64), steps=8, scheduler=scheduler)
    stock = runner.run(request, picture, png(half_mask())).image
    monkeypatch.setattr("core.engine.runner.stock_inpainting_fits", lambda _: False)
    assert difference(runner.run(request, picture, png(half_mask())).image, stock) <= 1


# progress, previews, cancellation


@contextmanager
def evaluations(runner: PipelineRunner) -> Iterator[list[None]]:
    """Grows by one with every evaluation of the runner's network."""
    seen: list[None] = []
    pipeline = runner._model.image2image
    network = pipeline.unet if hasattr(pipeline, "unet") else pipeline.transformer
    hook = network.register_forward_hook(lambda *_: seen.append(None))
    yield seen
    hook.remove()


@pytest.mark.parametrize("scheduler", ["ddim", "heun", "dpm++2m", "unipc", "lcm"])
@pytest.mark.parametrize(("strength", "run"), [("0.05", 1), ("0.5", 3), ("1", 6)])
def test_progress_counts_the_steps_that_really_run(runner_of: Runners, scheduler: str, strength: str, run: int) -> None:
    runner, recorder = runner_of("sd"), Recorder()
    with evaluations(runner) as seen:
        recorder.count = lambda: len(seen)
        request = request_for(strength=Decimal(strength), scheduler=scheduler)
        rendered = runner.run(request, png(drawn(1)), None, recorder)
    assert recorder.announced == rendered.steps_run == run
    assert recorder.steps == [(step, run) for step in range(1, run + 1)]
    order = 2 if scheduler == "heun" else 1  # Heun evaluates twice a step, and once in the last
    assert recorder.counts == [min(step * order, run * order - (order - 1)) for step in range(1, run + 1)]


@pytest.mark.parametrize("kind", ["sd", "sdxl", "sd3"])
@pytest.mark.parametrize("strength", ["0.58", "0.29", "0.07"])
def test_floats_do_not_change_the_number_of_steps(runner_of: Runners, kind: str, strength: str) -> None:
    request = request_for(strength=Decimal(strength), steps=50, scheduler="model", guidance=1.0)
    with evaluations(runner_of(kind)) as seen:
        runner_of(kind).run(request, png(drawn(1)))
    assert len(seen) == int(Decimal(strength) * 50)


def test_exact_counting_runs_all_steps_whatever_the_strength(runner_of: Runners) -> None:
    recorder = Recorder()
    request = request_for(strength=Decimal("0.3"), steps=4, counting=StepCounting.EXACT, scheduler="lcm")
    runner_of("sd").run(request, png(drawn(1)), None, recorder)
    assert recorder.steps[-1] == (4, 4)


@pytest.mark.parametrize("scheduler", ["ddim", "dpm++2m", "pndm"])
def test_previews_are_small_jpegs_and_only_made_while_somebody_watches(runner_of: Runners, scheduler: str) -> None:
    watching, alone = Recorder(watching=True), Recorder()
    for recorder in (watching, alone):
        runner_of("sd").run(request_for(scheduler=scheduler), png(drawn(1)), None, recorder)
    assert alone.previews == []
    assert len(watching.previews) == 1  # the run takes less than the second between two
    preview = Image.open(io.BytesIO(watching.previews[0]))
    assert (preview.format, preview.size) == ("JPEG", (SIDE, SIDE))


def test_a_cancelled_run_stops_between_two_steps(runner_of: Runners) -> None:
    recorder = Recorder(cancel_after=2)
    with pytest.raises(StoppedError):
        runner_of("sd").run(request_for(steps=20), png(drawn(1)), None, recorder)
    assert recorder.steps == [(1, 10), (2, 10)]


def test_a_run_beyond_its_deadline_is_given_up_with_a_sentence(runner_of: Runners) -> None:
    recorder = Recorder(late_after=2)
    with pytest.raises(EngineError) as caught:
        runner_of("sd").run(request_for(steps=20), png(drawn(1)), None, recorder)
    assert (caught.value.key, len(recorder.steps)) == ("engine.late", 2)


# schedulers


def test_pndm_of_an_old_model_is_replaced_and_the_log_says_so(folder_of: Folders, runner_of: Runners) -> None:
    runner, picture = runner_of("sd-pndm"), drawn(1)
    stock = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder_of("sd-pndm"))
    stock.scheduler = diffusers.DDIMScheduler.from_config(stock.scheduler.config, clip_sample=False)
    request = request_for(scheduler="model")
    assert difference(runner.run(request, png(picture)).image, stock_result(stock, request, picture, strength=0.5)) <= 1
    assert "PNDM" in runner.notes[0]


@pytest.mark.parametrize(("kind", "scheduler"), [("sd", "flow-euler"), ("sd3", "ddim")])
def test_a_scheduler_of_the_wrong_kind_is_refused(runner_of: Runners, kind: str, scheduler: str) -> None:
    assert scheduler not in runner_of(kind).schedulers
    with pytest.raises(ModelError) as caught:
        runner_of(kind).run(request_for(scheduler=scheduler), png(drawn(1)))
    assert caught.value.key == "model.no-scheduler"


@pytest.mark.parametrize("kind", ["sd", "sdxl", "sd3"])
def test_every_scheduler_a_model_offers_works(runner_of: Runners, kind: str) -> None:
    runner = runner_of(kind)
    for scheduler in runner.schedulers:
        assert runner.run(request_for(scheduler=scheduler), png(drawn(1))).steps_run == 3


# what goes wrong


def test_a_network_that_produces_no_numbers_fails_the_job_and_not_the_runner(
    runner_of: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runner_of("sd")
    with monkeypatch.context() as patch:
        unet = runner._model.image2image.unet
        patch.setattr(unet.conv_out.bias, "data", torch.full_like(unet.conv_out.bias.data, float("nan")))
        assert key_of_failure(runner, request_for()) == "engine.failed"
    assert isinstance(runner.run(request_for(), png(drawn(1))), Rendered)


def test_running_out_of_memory_has_its_own_sentence(runner_of: Runners) -> None:
    runner = runner_of("sd")

    def allocate(*_: object) -> None:
        torch.empty(2**55, dtype=torch.uint8)

    hook = runner._model.image2image.unet.register_forward_pre_hook(allocate)
    try:
        assert key_of_failure(runner, request_for()) == "engine.out-of-memory"
    finally:
        hook.remove()


def key_of_failure(runner: PipelineRunner, request: Request) -> str:
    with pytest.raises(EngineError) as caught:
        runner.run(request, png(drawn(1)))
    return caught.value.key


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda folder: folder / "nowhere", "model.not-found"),
        (lambda folder: folder, "model.not-found"),
        (lambda folder: "somebody/who-does-not-exist", "model.not-found"),
    ],
)
def test_a_model_that_is_not_there_says_so(tmp_path: Path, make: Callable[[Path], Path | str], key: str) -> None:
    with pytest.raises(ModelError) as caught:
        PipelineRunner.load(config_for(make(tmp_path)))
    assert caught.value.key == key


def test_a_model_with_missing_weights_is_broken(tmp_path: Path, folder_of: Folders) -> None:
    import shutil

    copy = shutil.copytree(folder_of("sd"), tmp_path / "model")
    next((copy / "unet").glob("*.safetensors")).unlink()
    with pytest.raises(ModelError) as caught:
        PipelineRunner.load(config_for(copy))
    assert caught.value.key == "model.broken"


def test_a_device_that_is_not_here_says_so(folder_of: Folders) -> None:
    from dataclasses import replace

    with pytest.raises(ModelError) as caught:
        PipelineRunner.load(replace(config_for(folder_of("sd")), device="cuda:99"))
    assert caught.value.key == "model.no-device"


def test_a_repository_of_half_precision_alone_is_taken(tmp_path: Path, folder_of: Folders) -> None:
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(folder_of("sd"))
    pipeline.to(torch.float16).save_pretrained(tmp_path / "half", variant="fp16")
    runner = PipelineRunner.load(config_for(tmp_path / "half"))
    assert runner.dtype == "float32"
    assert runner.run(request_for(), png(drawn(1))).steps_run == 3


def test_a_lora_changes_the_result_by_its_weight(tmp_path: Path, folder_of: Folders) -> None:
    from dataclasses import replace

    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    unet = diffusers.UNet2DConditionModel.from_pretrained(folder_of("sd"), subfolder="unet")
    unet.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights="gaussian"))
    for name, weight in unet.named_parameters():
        if "lora_B" in name:
            weight.data.normal_()
    layers = get_peft_model_state_dict(unet)
    diffusers.StableDiffusionPipeline.save_lora_weights(tmp_path, unet_lora_layers=layers, weight_name="l.safetensors")

    def result(*loras: str) -> Image.Image:
        config = config_for(folder_of("sd"))
        runner = PipelineRunner.load(replace(config, spec=replace(config.spec, loras=loras)))
        return runner.run(request_for(), png(drawn(1))).image

    plain, none, full = result(), result(f"{tmp_path}/l.safetensors@0"), result(f"{tmp_path}/l.safetensors")
    assert difference(plain, none) <= 1
    assert difference(plain, full) > 1


def test_the_pipelines_of_a_model_share_their_weights(runner_of: Runners) -> None:
    model = runner_of("sd")._model
    assert model.image2image.unet is model.text2image.unet is model.inpaint.unet
