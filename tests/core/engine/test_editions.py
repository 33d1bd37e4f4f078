"""Whatever may change a picture while its request stays the same changes the edition."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from core.engine.contract import EngineConfig
from core.engine.editions import edition_of, editions_of
from tests.core.engine.conftest import config_for


@pytest.fixture
def model(tmp_path: Path) -> EngineConfig:
    (tmp_path / "unet").mkdir()
    (tmp_path / "model_index.json").write_text("{}")
    (tmp_path / "unet" / "weights.safetensors").write_bytes(b"one")
    return config_for(tmp_path)


def test_the_edition_of_what_did_not_change_stays(model: EngineConfig) -> None:
    assert edition_of(model) == edition_of(model)


def test_other_weights_under_the_same_name_are_another_edition(model: EngineConfig) -> None:
    before = edition_of(model)
    weights = Path(model.model) / "unet" / "weights.safetensors"
    weights.write_bytes(b"two")
    os.utime(weights, ns=(1, 1))
    assert edition_of(model) != before


def test_another_entry_or_a_lora_that_changed_is_another_edition(model: EngineConfig, tmp_path: Path) -> None:
    lora = tmp_path / "lora.safetensors"
    lora.write_bytes(b"one")
    with_lora = replace(model, spec=replace(model.spec, loras=(f"{lora}@0.5",)))
    before = edition_of(with_lora)
    assert before != edition_of(model)
    assert before != edition_of(replace(model, spec=replace(model.spec, loras=(f"{lora}@0.6",))))
    lora.write_bytes(b"another")
    assert edition_of(with_lora) != before


def test_each_model_that_is_offered_has_its_own(model: EngineConfig) -> None:
    editions = editions_of(replace(model, further={"somebody/another": model.spec}))
    assert editions[model.model] == edition_of(model)
    assert len(set(editions.values())) == 2


def test_a_model_that_is_nowhere_has_an_edition_too() -> None:
    assert edition_of(config_for("nobody/nothing"))
