"""Which LoRAs a request brings: those of its looks, and those a person names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.parsing import parse
from core.domain.catalogue import ModelSpec, load_catalogue
from core.domain.command import Command
from core.domain.request import Lora, Request
from core.errors import ModelError, OptionError, StartError, UnknownNameError
from core.service.loras import loras_of
from core.service.requests import Rules
from tests.core.service.test_requests import RULES, requests_of

SPEC = replace(RULES.spec, lora_choices={"ink": "ink.safetensors", "pixel": "pixel.safetensors"})
INKY = replace(RULES.catalogue.styles["oil"], loras=(Lora(name="ink", weight=0.8), Lora(name="elsewhere")))


def rules_with(spec: ModelSpec) -> Rules:
    styles = RULES.catalogue.styles | {"oil": INKY}
    return replace(RULES, spec=spec, catalogue=replace(RULES.catalogue, styles=styles))


def request_of(line: str, spec: ModelSpec = SPEC) -> Request:
    (request,) = requests_of(parse(f"/restyle fox {line}"), rules=rules_with(spec))
    return request


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {}),
        ("lora=ink", {"ink": 1.0}),
        ("lora=pixel:0.5+Ink:-1", {"ink": -1.0, "pixel": 0.5}),
        ("lora=pixel --lora ink:0,7", {"ink": 0.7, "pixel": 1.0}),
        ("style=oil", {"ink": 0.8}),
        ("style=oil lora=ink:0.3", {"ink": 0.3}),
        ("style=oil lora=ink:0+pixel", {"pixel": 1.0}),
    ],
)
def test_a_request_has_each_lora_once_in_the_order_of_names(line: str, expected: dict[str, float]) -> None:
    loras = request_of(line).loras
    assert [(lora.name, lora.weight) for lora in loras] == sorted(expected.items())


def test_a_look_is_worn_without_the_loras_that_a_model_lacks() -> None:
    assert request_of("style=oil", RULES.spec).loras == ()


@pytest.mark.parametrize(
    ("line", "spec", "error", "sentence"),
    [
        ("lora=pixle", SPEC, UnknownNameError, "no LoRA pixle; did you mean pixel"),
        ("lora=zzzz", SPEC, UnknownNameError, "These exist: ink, pixel"),
        ("lora=ink", RULES.spec, ModelError, "bundled has no LoRA ink"),
        ("lora=ink:3", SPEC, OptionError, "lora goes from -2 to 2; 3 does not"),
        ("lora=ink:nan", SPEC, OptionError, "lora goes from -2 to 2"),
        ("lora=ink:much", SPEC, OptionError, "lora is a number; much is not one"),
        ("lora=ink:", SPEC, OptionError, "for example lora=name:0.7"),
        ("lora=+", SPEC, OptionError, "for example lora=name:0.7"),
    ],
)
def test_what_is_wrong_is_named(line: str, spec: ModelSpec, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as caught:
        request_of(line, spec)
    assert sentence in str(caught.value)


def test_a_command_that_repeats_a_request_brings_its_loras_alone() -> None:
    like = Command(name="restyle", prompt="fox", loras=(Lora(name="ink", weight=0.5),))
    assert loras_of(like, [], SPEC, "small") == (Lora(name="ink", weight=0.5),)


def test_loras_survive_the_way_to_plain_values_and_count_for_the_fingerprint() -> None:
    request = request_of("lora=ink:0.7+pixel")
    assert Request.from_dict(request.as_dict()) == request
    assert request.fingerprint != request_of("lora=ink:0.6+pixel").fingerprint


def test_an_operators_files_name_choices_and_styles(tmp_path: Path) -> None:
    models, styles = tmp_path / "models.toml", tmp_path / "styles.toml"
    entry = "match=['x']\nnative_side=64\nmultiple=8\nmax_pixels=4096\nsteps=4\nguidance=1\nscheduler='ddim'\n"
    models.write_text(f"[mine]\n{entry}lora_choices = {{ Ink = '/loras/Ink.safetensors' }}\n")
    styles.write_text("[inky]\nprompt = 'ink, {prompt}'\nloras = ['Ink:0.5']\n")
    catalogue = load_catalogue(models, styles)
    assert catalogue.model("x").lora_choices == {"ink": "/loras/Ink.safetensors"}
    assert catalogue.style("inky").loras == (Lora(name="ink", weight=0.5),)
    styles.write_text("[inky]\nprompt = 'ink, {prompt}'\nloras = ['ink:9']\n")
    with pytest.raises(StartError, match="lora goes from -2 to 2; 9 does not"):
        load_catalogue(None, styles)
