from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.catalogue import load_catalogue
from core.domain.job import MOVES, Status
from core.domain.names import BlobId, new_id
from core.domain.request import Request
from core.errors import StartError, UnknownNameError

REQUEST = Request(
    picture=BlobId("a" * 64),
    prompt="fox",
    width=128,
    height=128,
    strength=Decimal("0.60"),
    steps=20,
    guidance=3.0,
    scheduler="ddim",
    seed=7,
    model="bundled",
)


def test_a_request_survives_the_way_to_plain_values_and_back() -> None:
    assert Request.from_dict(REQUEST.as_dict()) == REQUEST


def test_equal_requests_have_one_fingerprint_however_the_strength_was_written() -> None:
    assert REQUEST.varied(strength=Decimal("0.6")).fingerprint == REQUEST.fingerprint
    assert REQUEST.varied(seed=8).fingerprint != REQUEST.fingerprint


def test_final_states_are_left_by_nothing() -> None:
    assert {status for status in Status if status.is_final} == {Status.DONE, Status.FAILED, Status.CANCELLED}
    assert Status.QUEUED in MOVES[Status.RUNNING]


def test_ids_sort_by_time_and_differ_within_one_moment() -> None:
    assert new_id(1_000_000.0) < new_id(1_000_001.0)
    assert len({new_id(5.0) for _ in range(1000)}) == 1000
    assert len(new_id(1_800_000_000.0)) == 16


def test_the_catalogue_ships_with_a_dozen_looks_and_three_recipes() -> None:
    catalogue = load_catalogue()
    assert len(catalogue.styles) >= 12
    assert list(catalogue.recipes) == ["illustrate", "polish", "vary"]


def test_an_unknown_style_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean watercolour"):
        load_catalogue().style("watrcolour")


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("bundled", "bundled"),
        ("stabilityai/sdxl-turbo", "sdxl-turbo"),
        ("Lykon/dreamshaper-8-LCM", "lcm"),
        ("/my/own", "default"),
    ],
)
def test_a_model_finds_its_defaults_by_name(name: str, entry: str) -> None:
    assert load_catalogue().model(name).name == entry


def test_an_operators_files_add_and_override(tmp_path: Path) -> None:
    styles = tmp_path / "styles.toml"
    styles.write_text('[oil]\nprompt = "OIL {prompt}"\n[mine]\nprompt = "mine, {prompt}"\nstrength = 0.3\n')
    models = tmp_path / "models.toml"
    models.write_text(
        '[ours]\nmatch = ["*own*"]\nnative_side = 64\nmultiple = 8\nmax_pixels = 9000\n'
        'steps = 3\nguidance = 1\nscheduler = "lcm"\n'
    )
    catalogue = load_catalogue(models, styles)
    assert catalogue.style("oil").apply("a fox") == "OIL a fox"
    assert catalogue.style("mine").strength == Decimal("0.3")
    assert catalogue.model("/my/own").steps == 3


@pytest.mark.parametrize("text", ["[oil]\nprompt = 3 3", "[x]\nfoo = 1", "[x]\n", "x = 1", "\xff"])
def test_a_broken_catalogue_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "styles.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(StartError, match="styles file cannot be used"):
        load_catalogue(None, file)
