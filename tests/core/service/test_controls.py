from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.domain.catalogue import load_catalogue
from core.domain.command import Command, Preferences, StoredPicture
from core.domain.names import BlobId
from core.domain.request import Control, Request
from core.domain.schedulers import SCHEDULERS
from core.errors import InputError, ModelError, UnknownNameError
from core.service.requests import Rules, build_requests

CATALOGUE = load_catalogue()
SPEC = replace(CATALOGUE.model("bundled"), controlnets={"edges": "there", "depth": "elsewhere"})
RULES = Rules(catalogue=CATALOGUE, model="/models/mine", spec=SPEC, schedulers=SCHEDULERS)
PICTURE = StoredPicture(blob=BlobId("a" * 64), width=640, height=480)
MAP = BlobId("c" * 64)


def requests(*controls: Control, maps: Sequence[BlobId | None] = (), rules: Rules = RULES) -> list[Request]:
    command = Command(name="restyle", prompt="fox", controls=controls, count=2)
    return build_requests(command, PICTURE, Preferences(), rules, seed=7, maps=maps)[0]


def test_every_picture_of_a_command_has_its_controls_and_their_maps() -> None:
    edges, depth = Control(net="edges", scale=0.5), Control(net="depth")
    made = requests(edges, depth, maps=[None, MAP])
    assert [request.controls for request in made] == [(edges, replace(depth, hint=MAP))] * 2
    assert made[0].others == (MAP,)
    assert requests(edges, depth, maps=[MAP])[0].controls == (replace(edges, hint=MAP), depth)
    assert Request.from_dict(made[0].as_dict()) == made[0]


def test_a_map_of_no_control_is_refused() -> None:
    with pytest.raises(InputError, match="control=edges"):
        requests(maps=[MAP])
    assert requests(maps=[None])


def test_a_net_that_the_model_has_not_names_the_nearest_or_all() -> None:
    with pytest.raises(UnknownNameError, match="no ControlNet edgs; did you mean edges"):
        requests(Control(net="edgs"))
    with pytest.raises(UnknownNameError, match="These exist: edges, depth"):
        requests(Control(net="zzzzzzz"))


def test_a_model_without_nets_says_so_without_its_folder() -> None:
    with pytest.raises(ModelError, match="The model mine has no ControlNets"):
        requests(Control(net="edges"), rules=replace(RULES, spec=replace(SPEC, controlnets={})))
