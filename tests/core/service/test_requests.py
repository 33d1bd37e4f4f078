from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.domain.catalogue import load_catalogue
from core.domain.command import Command, Preferences, StoredPicture
from core.domain.names import BlobId
from core.domain.request import MAX_SEED, Request
from core.domain.schedulers import SCHEDULERS
from core.errors import InputError, ModelError, UnknownNameError
from core.service.requests import SWEEP, Rules, build_requests, shifted

CATALOGUE = load_catalogue()
RULES = Rules(
    catalogue=CATALOGUE, model="bundled", spec=CATALOGUE.model("bundled"), schedulers=SCHEDULERS, max_prompt=100
)
PICTURE = StoredPicture(blob=BlobId("a" * 64), width=640, height=480)


def requests_of(command: Command, preferences: Preferences | None = None, rules: Rules = RULES) -> list[Request]:
    return build_requests(command, PICTURE, preferences or Preferences(), rules, seed=7)[0]


def request_of(preferences: Preferences | None = None, **said: object) -> Request:
    (request,) = requests_of(replace(Command(name="restyle"), **said), preferences)  # type: ignore[arg-type]  # fields by name
    return request


def test_words_that_are_a_style_and_nothing_else_are_that_style() -> None:
    style = CATALOGUE.styles["watercolour"]
    assert request_of(prompt="watercolor") == request_of(style="watercolour")
    assert request_of(prompt="Watercolour").prompt == style.apply("")
    assert request_of(prompt="a watercolour fox").prompt == "a watercolour fox"


def test_a_style_wraps_the_words_and_brings_its_negative() -> None:
    request = request_of(prompt="a fox", style="oil")
    assert "a fox" in request.prompt
    assert request.prompt.startswith("an oil painting")
    assert request.negative == CATALOGUE.styles["oil"].negative
    assert request_of(prompt="a fox", style="oil", negative="").negative == ""


def test_strength_is_taken_from_the_nearest_one_who_said_it() -> None:
    prefers = Preferences(strength=Decimal("0.2"))
    assert request_of(prefers, prompt="fox", style="neon", strengths=(Decimal("0.9"),)).strength == Decimal("0.9")
    assert request_of(prefers, prompt="fox", recipe="polish").strength == Decimal("0.35")
    assert request_of(prefers, prompt="fox", style="neon").strength == Decimal("0.2")
    assert request_of(prompt="fox", style="neon").strength == Decimal("0.65")
    assert request_of(prompt="fox").strength == Decimal("0.6")


def test_a_preferred_style_makes_a_picture_without_words_enough() -> None:
    assert request_of(Preferences(style="sketch")).prompt.startswith("a pencil sketch")
    with pytest.raises(InputError, match="what it should become"):
        request_of()


def test_a_recipe_alone_is_enough() -> None:
    assert "illustration" in request_of(recipe="illustrate").prompt


def test_a_sweep_is_one_seed_at_four_strengths() -> None:
    requests = requests_of(Command(name="sweep", prompt="fox"))
    assert tuple(request.strength for request in requests) == SWEEP
    assert {request.seed for request in requests} == {7}


def test_count_takes_neighbouring_seeds_and_wraps_at_the_end() -> None:
    requests = requests_of(Command(name="restyle", prompt="fox", count=2, seed=MAX_SEED))
    assert [request.seed for request in requests] == [MAX_SEED, 0]


def test_more_pictures_than_a_card_holds_are_refused() -> None:
    with pytest.raises(InputError, match="20 pictures"):
        requests_of(Command(name="restyle", prompt="fox", count=5, strengths=tuple([Decimal("0.5")] * 4)))


def test_the_models_defaults_fill_what_nobody_said() -> None:
    request = request_of(prompt="fox")
    spec = RULES.spec
    assert (request.steps, request.guidance, request.scheduler) == (spec.steps, spec.guidance, spec.scheduler)
    assert abs(request.width * request.height / spec.native_area - 1) < 0.15
    assert abs(request.width / request.height - 640 / 480) < 0.1


def test_guidance_zero_is_said_and_not_unsaid() -> None:
    assert request_of(prompt="fox", guidance=0.0).guidance == 0


def test_a_prompt_beyond_the_limit_is_counted() -> None:
    with pytest.raises(InputError, match="has 101 characters; 100 is the most"):
        request_of(prompt="x" * 101)


@pytest.mark.parametrize(("field", "near"), [("style", "watercolour"), ("recipe", "polish"), ("scheduler", "ddim")])
def test_a_misspelt_name_is_named_with_the_nearest(field: str, near: str) -> None:
    misspelt: dict[str, Any] = {field: near[:-1]}
    with pytest.raises(UnknownNameError, match=f"did you mean {near}"):
        request_of(prompt="fox", **misspelt)


SEVERAL = replace(
    RULES,
    further={
        "/models/SDXL-Turbo": CATALOGUE.model("sdxl-turbo"),
        "Qwen/Qwen-Image": CATALOGUE.model("Qwen/Qwen-Image"),
    },
    usable={"Qwen/Qwen-Image": ("flow-euler", "model")},
)


def of_model(name: str | None, **said: Any) -> Request:
    return requests_of(Command(name="restyle", prompt="fox", model=name, **said), rules=SEVERAL)[0]


@pytest.mark.parametrize("name", ["sdxl-turbo", "SDXL-Turbo", "/models/SDXL-Turbo"])
def test_a_named_model_brings_its_own_defaults(name: str) -> None:
    spec = CATALOGUE.model("sdxl-turbo")
    request = of_model(name)
    assert request.model == "/models/SDXL-Turbo"
    assert (request.steps, request.guidance, request.counting) == (spec.steps, spec.guidance, spec.counting)
    assert abs(request.width * request.height / spec.native_area - 1) < 0.15
    assert of_model(name, steps=9).steps == 9


def test_the_default_model_is_taken_where_nobody_names_one() -> None:
    assert of_model(None) == of_model("bundled") == request_of(prompt="fox")


def test_a_model_that_is_not_offered_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no model sdxl-trubo; did you mean sdxl-turbo"):
        of_model("sdxl-trubo")
    with pytest.raises(UnknownNameError, match="bundled, sdxl-turbo, qwen-image"):
        of_model("zzzzzz")


def test_a_scheduler_that_a_model_cannot_use_is_refused_once_that_is_known() -> None:
    with pytest.raises(ModelError, match="ddim does not work with the model qwen-image"):
        of_model("qwen-image", scheduler="ddim")
    assert of_model("sdxl-turbo", scheduler="ddim").scheduler == "ddim"


def test_a_model_s_own_scheduler_is_taken_where_the_catalogue_was_wrong_about_it() -> None:
    rules = replace(SEVERAL, usable={"bundled": ("flow-euler", "model")})
    assert requests_of(Command(name="restyle", prompt="fox"), rules=rules)[0].scheduler == "model"


def test_subtle_and_strong_stay_inside_the_useful_range() -> None:
    assert shifted(Decimal("0.5"), Decimal("0.15")) == Decimal("0.65")
    assert shifted(Decimal("0.9"), Decimal("0.15")) == Decimal("0.95")
    assert shifted(Decimal("0.15"), Decimal("-0.15")) == Decimal("0.1")
