from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.catalogue import load_catalogue
from core.domain.command import Command, Preferences, StoredPicture
from core.domain.names import BlobId
from core.domain.request import Reference
from core.domain.schedulers import SCHEDULERS
from core.errors import InputError, ModelError, NotFoundError, UnknownNameError
from core.service.references import named_job, named_picture
from core.service.requests import Rules, build_requests
from tests.bot.test_cards import JOB, OUTCOME

CATALOGUE = load_catalogue()
SPEC = replace(CATALOGUE.model("bundled"), adapter="owner/repository/adapter.safetensors")
RULES = Rules(catalogue=CATALOGUE, model="/models/mine", spec=SPEC, schedulers=SCHEDULERS)
PICTURE = StoredPicture(blob=BlobId("a" * 64), width=640, height=480)
SHOWN = BlobId("c" * 64)
DONE = replace(JOB, outcome=OUTCOME, request=JOB.request.varied(reference=Reference(picture=SHOWN)))


def reference_of(picture: BlobId | None, scale: float | None = None, rules: Rules = RULES) -> Reference | None:
    command = Command(name="restyle", prompt="fox", reference_scale=scale)
    return build_requests(command, PICTURE, Preferences(), rules, seed=7, reference=picture)[0][0].reference


def test_a_reference_counts_as_much_as_was_said_or_a_little_more_than_half() -> None:
    assert reference_of(SHOWN, 0.25) == Reference(picture=SHOWN, scale=0.25)
    assert reference_of(SHOWN) == Reference(picture=SHOWN, scale=0.6)
    assert reference_of(None) is None


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="name that"):
        reference_of(None, 0.5)


def test_a_model_without_an_adapter_is_named_without_its_folder() -> None:
    with pytest.raises(ModelError, match="The model mine cannot be shown") as caught:
        reference_of(SHOWN, rules=replace(RULES, spec=CATALOGUE.model("bundled")))
    assert caught.value.key == "model.no-reference"


@pytest.mark.parametrize(
    ("text", "picture"),
    [("X", OUTCOME.result), ("X:original", DONE.request.picture), ("X : Reference", SHOWN)],
)
def test_a_job_names_its_result_and_the_pictures_it_was_made_of(text: str, picture: BlobId) -> None:
    assert named_job(text) == "x"
    assert named_picture(DONE, text) == picture


@pytest.mark.parametrize("text", ["x", "x:reference"])
def test_a_job_that_has_no_such_picture_says_so(text: str) -> None:
    with pytest.raises(NotFoundError):
        named_picture(JOB, text)


def test_what_is_no_picture_of_a_job_is_named() -> None:
    with pytest.raises(UnknownNameError, match="original, reference"):
        named_picture(DONE, "x:mask")
