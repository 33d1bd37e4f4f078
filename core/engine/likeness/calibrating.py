"""What the cosines of an embedding mean, measured on characters of whom somebody has several pictures each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from core.domain.likeness import Calibration, Scale
from core.errors import InputError
from core.tinymodel.measure_likeness import CLOSE_STRANGERS, SAME_STRANGERS, auc

LEAST = 8  # characters: half of them set the borders, the others tell how good those are
_DECIMALS = 3

Cosines = npt.NDArray[np.float32]


def calibrated(characters: Sequence[torch.Tensor]) -> Calibration:
    """Of each character its pictures' vectors (n, d), of length one, n at least 2.

    The borders come from strangers among every second character, the figures from the others, who had no part in them.
    Raises InputError("few-characters", "all-alike").
    """
    if len(characters) < LEAST:
        raise InputError("few-characters", count=len(characters), least=LEAST)
    _, strangers = _pairs(characters[::2])
    close, same = np.quantile(strangers, (1 - CLOSE_STRANGERS, 1 - SAME_STRANGERS))
    marks = [round(float(mark), _DECIMALS) for mark in (np.median(strangers), close, same)]
    if not marks[0] < marks[1] < marks[2] < 1:
        raise InputError("all-alike")
    scale = Scale(strangers=marks[0], close=marks[1], same=marks[2])
    own, strangers = _pairs(characters[1::2])
    return Calibration(
        scale=scale,
        characters=len(characters[1::2]),
        same=float((own >= scale.same).mean()),
        close=float((own >= scale.close).mean()),
        mistaken=float((strangers >= scale.close).mean()),
        auc=auc(own, strangers),
    )


def _pairs(characters: Sequence[torch.Tensor]) -> tuple[Cosines, Cosines]:
    """Cosines of every two pictures: of one character, and of two."""
    vectors = torch.cat(list(characters))
    who = torch.cat([torch.full((len(each),), number) for number, each in enumerate(characters)])
    first, second = torch.triu_indices(len(who), len(who), 1)
    cosines, together = (vectors @ vectors.T)[first, second], who[first] == who[second]
    return cosines[together].numpy(), cosines[~together].numpy()
