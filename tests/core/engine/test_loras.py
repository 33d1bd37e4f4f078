"""LoRAs that people choose: switched under a loaded model, stepped with those who use the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import (
    StableDiffusion3Img2ImgPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionXLImg2ImgPipeline,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from PIL import Image
from safetensors.torch import save_file

from core.domain.names import BlobId
from core.domain.request import Lora
from core.engine.batcher import StepBatcher
from core.engine.contract import EngineConfig
from core.engine.families import family_of
from core.engine.families.family import Family, Row
from core.engine.families.stable_diffusion import StableDiffusion
from core.engine.loading import Model, load_model
from core.engine.runner import PipelineRunner
from core.errors import ModelError
from tests.core.engine.batching import Watched, task_of, through
from tests.core.engine.conftest import config_for
from tests.core.engine.making import difference, drawn, half_mask, png, request_for, stock_result

Folders = Callable[[str], Path]
STOCK = {
    "sd": StableDiffusionImg2ImgPipeline,
    "sdxl": StableDiffusionXLImg2ImgPipeline,
    "sd3": StableDiffusion3Img2ImgPipeline,
}
INK, PIXEL, WORDY = Lora(name="ink"), Lora(name="pix.el", weight=0.7), Lora(name="wordy")
SETS = [(), (INK,), (replace(INK, weight=-0.5),), (INK, PIXEL), (WORDY,)]


def random_layers(network: Any, targets: list[str], seed: int) -> dict[str, torch.Tensor]:
    """Weights of a small LoRA over the layers of these names, in peft's layout; the network stays as it was."""
    torch.manual_seed(seed)
    network.add_adapter(LoraConfig(r=2, target_modules=targets), adapter_name="making")
    layers = get_peft_model_state_dict(network, adapter_name="making")
    network.delete_adapters(["making"]) if hasattr(network, "delete_adapters") else network.delete_adapter("making")
    return {name: 0.5 * torch.randn_like(weight) for name, weight in layers.items()}


def kohya(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The layout of kohya's scripts, with an alpha of its own."""
    torch.manual_seed(3)
    out = {}
    for name, layer in network.named_modules():
        if name.endswith(("to_q", "to_out.0")):
            key = "lora_unet_" + name.replace(".", "_")
            out[f"{key}.lora_down.weight"] = torch.randn(4, layer.in_features)
            out[f"{key}.lora_up.weight"] = torch.randn(layer.out_features, 4)
            out[f"{key}.alpha"] = torch.tensor(2.0)
    return out


@pytest.fixture(scope="module")
def sources(folder_of: Folders, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """Files of LoRAs by name: peft's and kohya's layout, and one for a text encoder as well."""

    def make(kind: str) -> dict[str, str]:
        folder, stock = tmp_path_factory.mktemp(f"loras-{kind}"), STOCK[kind].from_pretrained(folder_of(kind))
        network = stock.transformer if kind == "sd3" else stock.unet
        part = "transformer" if kind == "sd3" else "unet"
        written = {"ink": {f"{part}_lora_layers": random_layers(network, ["to_q", "to_v"], 1)}}
        written["wordy"] = {
            f"{part}_lora_layers": random_layers(network, ["to_k"], 2),
            "text_encoder_lora_layers": random_layers(stock.text_encoder, ["q_proj", "v_proj"], 2),
        }
        for name, layers in written.items():
            stock.save_lora_weights(folder, weight_name=f"{name}.safetensors", **layers)
        if kind == "sd3":
            layers = {f"{part}_lora_layers": random_layers(network, ["to_out.0"], 4)}
            stock.save_lora_weights(folder, weight_name="pix.el.safetensors", **layers)
        else:
            save_file(kohya(network), folder / "pix.el.safetensors")
        return {name: str(folder / f"{name}.safetensors") for name in ("ink", "pix.el", "wordy")}

    return cache(make)


Sources = Callable[[str], dict[str, str]]


def config_with(folder: Path, choices: dict[str, str]) -> EngineConfig:
    config = config_for(folder)
    return replace(config, spec=replace(config.spec, lora_choices=choices))


@pytest.fixture(scope="module")
def model_named(folder_of: Folders, sources: Sources) -> Callable[[str], Model]:
    return cache(lambda kind: load_model(config_with(folder_of(kind), sources(kind))))


Models = Callable[[str], Model]


def family_over(model: Model) -> Family:
    family = family_of(model)
    assert family
    return family


@pytest.fixture(scope="module")
def stock_with(folder_of: Folders, sources: Sources) -> Callable[[str, tuple[Lora, ...]], Any]:
    """A stock pipeline of its own, with these LoRAs loaded and on as the library's pages show it."""

    def load(kind: str, loras: tuple[Lora, ...]) -> Any:
        stock = STOCK[kind].from_pretrained(folder_of(kind))
        for lora in loras:
            stock.load_lora_weights(sources(kind)[lora.name], adapter_name=lora.name.replace(".", "-"))
        if loras:
            stock.set_adapters([lora.name.replace(".", "-") for lora in loras], [lora.weight for lora in loras])
        return stock

    return cache(load)


Stocks = Callable[[str, tuple[Lora, ...]], Any]


@pytest.mark.parametrize("kind", sorted(STOCK))
@pytest.mark.parametrize("loras", SETS)
def test_a_result_equals_that_of_the_stock_pipeline_with_the_same_loras(
    model_named: Models, stock_with: Stocks, kind: str, loras: tuple[Lora, ...]
) -> None:
    request = request_for(loras=loras, scheduler="model", steps=8, seed=1)
    more = {"width": 32, "height": 32} if kind == "sd3" else {}
    expected = stock_result(stock_with(kind, loras), request, drawn(1), strength=0.5, **more)
    bare = stock_result(stock_with(kind, ()), request, drawn(1), strength=0.5, **more)
    assert loras == () or difference(bare, expected) > 1
    job = task_of(request)
    rendered = through(StepBatcher(family_over(model_named(kind))), [job])[job.job].rendered
    assert rendered
    assert difference(rendered.image, expected) <= 1
    assert difference(PipelineRunner(model_named(kind)).run(job.request, job.picture).image, expected) <= 1


@pytest.mark.parametrize("kind", ["sd", "sdxl"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    several=st.lists(
        st.tuples(
            st.sampled_from(SETS),
            st.sampled_from([1.0, 4.0]),
            st.sampled_from([Decimal("0.5"), Decimal(1)]),
            st.booleans(),
        ),
        min_size=2,
        max_size=5,
    )
)
def test_neighbours_with_other_loras_change_nothing(
    model_named: Models, kind: str, several: list[tuple[tuple[Lora, ...], float, Decimal, bool]]
) -> None:
    jobs = [
        task_of(
            request_for(seed=seed, loras=loras, guidance=guidance, strength=strength),
            mask=png(half_mask()) if masked else None,
        )
        for seed, (loras, guidance, strength, masked) in enumerate(several)
    ]
    together = through(StepBatcher(family_over(model_named(kind))), jobs)
    for job in jobs:
        rendered = together[job.job].rendered
        assert rendered
        alone = PipelineRunner(model_named(kind)).run(job.request, job.picture, job.mask)
        assert difference(rendered.image, alone.image) <= 1


def test_who_uses_the_same_loras_is_stepped_together(model_named: Models) -> None:
    worn: list[list[tuple[Lora, ...]]] = []

    class Seen(Watched):
        def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
            worn.append([row.guides.loras for row in rows])
            return super().predict(samples, timesteps, rows)

    sets = [(INK,), (INK,), (), (replace(INK, weight=0.5),)]
    jobs = [task_of(request_for(seed=seed, loras=loras, guidance=1.0)) for seed, loras in enumerate(sets)]
    through(StepBatcher(Seen(family_over(model_named("sd")))), jobs)
    assert worn.count([(INK,), (INK,)]) == 3
    assert len(worn) == 9


def test_switching_back_gives_the_very_same_picture(model_named: Models, folder_of: Folders) -> None:
    def result(loras: tuple[Lora, ...]) -> Image.Image:
        return runner.run(request_for(loras=loras), png(drawn(1))).image

    runner = PipelineRunner(model_named("sd"))
    bare, inked = result(()), result((INK,))
    assert difference(bare, inked) > 1
    assert difference(result((WORDY, PIXEL)), inked) > 1
    assert difference(result((INK,)), inked) == 0
    assert difference(result(()), bare) == 0
    without = PipelineRunner.load(config_for(folder_of("sd")))
    assert difference(without.run(request_for(), png(drawn(1))).image, bare) == 0


def test_a_lora_of_the_text_encoder_changes_what_the_words_become(model_named: Models) -> None:
    batcher = StepBatcher(family_over(model_named("sd")))
    jobs = [task_of(request_for(seed=seed, loras=loras)) for seed, loras in enumerate([(), (WORDY,), (WORDY,)])]
    through(batcher, jobs)
    assert (batcher.figures["words_misses"], batcher.figures["words_hits"]) == (2, 1)


def test_a_network_in_lower_precision_is_switched_too(
    folder_of: Folders, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "core.engine.precision"
    monkeypatch.setattr(f"{module}.has_fast_bfloat16", lambda: True)
    monkeypatch.setattr(f"{module}._WORTH_IT", 0.0)
    model = load_model(config_with(folder_of("sd"), sources("sd")))
    family = family_over(model)
    assert family.hasten()
    assert isinstance(family, StableDiffusion)
    jobs = [task_of(request_for(seed=1, loras=loras)) for loras in ((), (INK,))]
    for job in jobs:
        rendered = through(StepBatcher(family), [job])[job.job].rendered
        assert rendered
        exact = PipelineRunner(model).run(job.request, job.picture).image
        assert difference(rendered.image, exact) <= 12  # bfloat16 has eight bits
    one, other = (through(StepBatcher(family), [job])[job.job].rendered for job in jobs)
    assert one
    assert other
    assert difference(one.image, other.image) > 20


def test_a_name_the_model_does_not_have_fails_that_job_alone(model_named: Models) -> None:
    unknown = task_of(request_for(seed=1, loras=(Lora(name="charcoal"),)))
    ended = through(StepBatcher(family_over(model_named("sd"))), [unknown, task_of(request_for(seed=2, loras=(INK,)))])
    assert [job for job, end in ended.items() if end.error] == ["1"]
    error = ended[unknown.job].error
    assert isinstance(error, ModelError)
    assert error.key == "model.no-lora"
    with pytest.raises(ModelError, match="has no LoRA charcoal"):
        PipelineRunner(model_named("sd")).run(unknown.request, unknown.picture)


def test_a_lora_the_model_cannot_take_is_named_at_load(folder_of: Folders, sources: Sources, tmp_path: Path) -> None:
    save_file({"somebody.else": torch.zeros(2)}, tmp_path / "other.safetensors")
    torch.save({"x": torch.zeros(2)}, tmp_path / "pickle.bin")
    (tmp_path / "cut.safetensors").write_bytes(Path(sources("sd")["ink"]).read_bytes()[:-100])
    wrong = [tmp_path / name for name in ("other.safetensors", "pickle.bin", "cut.safetensors", "nowhere.safetensors")]
    for source in [*map(str, wrong), sources("sdxl")["ink"], "somebody/nowhere/x.safetensors"]:
        for choices, loras in (({"mine": source}, ()), ({}, (source,))):
            config = config_for(folder_of("sd"))
            with pytest.raises(ModelError) as caught:
                load_model(replace(config, spec=replace(config.spec, lora_choices=choices, loras=loras)))
            assert caught.value.key == "model.broken-lora"
            assert Path(source).name in caught.value.sentence


def test_an_inpainting_job_with_a_lora_equals_its_stock_pipeline(model_named: Models) -> None:
    job = task_of(request_for(seed=3, loras=(INK, PIXEL), mask=BlobId("m")), mask=png(half_mask()))
    bare = PipelineRunner(model_named("sd")).run(job.request.varied(loras=()), job.picture, job.mask).image
    rendered = through(StepBatcher(family_over(model_named("sd"))), [job])[job.job].rendered
    assert rendered
    assert difference(rendered.image, bare) > 1
    assert (
        difference(rendered.image, PipelineRunner(model_named("sd")).run(job.request, job.picture, job.mask).image) <= 1
    )
