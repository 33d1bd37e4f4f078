"""Z-Image's layers over all rows at once, against the library's forward over a list of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core.engine.families import family_of
from core.engine.families.family import Condition, Row
from core.engine.loading import load_model
from tests.core.engine.conftest import config_for


@pytest.mark.parametrize("lengths", [(5,), (32, 7), (5, 40, 64, 7)])
@pytest.mark.parametrize("cells", [(16, 16), (6, 10)])  # 64 tokens, and 15, which are filled up
def test_rows_of_any_length_give_what_the_library_gives(
    folder_of: Callable[[str], Path], cells: tuple[int, int], lengths: tuple[int, ...]
) -> None:
    model = load_model(config_for(folder_of("z-image")))
    family, network = family_of(model), model.image2image.transformer
    assert family
    torch.manual_seed(0)
    for token in (network.x_pad_token, network.cap_pad_token):
        token.data.normal_()  # what fills up is heard
    samples, timesteps = torch.randn(len(lengths), 16, *cells), torch.rand(len(lengths)) * 1000
    words = [torch.randn(length, 32) for length in lengths]
    rows = [Row(condition=Condition(states=each, any_length=True)) for each in words]
    made = family.predict(samples, timesteps, rows)
    with torch.inference_mode():
        listed = network(list(samples.unsqueeze(2)), (1000 - timesteps) / 1000, words, return_dict=False)[0]
    assert torch.allclose(made, -torch.stack(listed).squeeze(2), atol=1e-5)
