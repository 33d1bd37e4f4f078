"""Keeping the face: the strength map that is made of where a face is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.imaging.faces import KEPT, held, keeping


def face(side: int) -> Image.Image:
    area = Image.new("L", (side, side))
    ImageDraw.Draw(area).ellipse((side // 4, side // 4, 3 * side // 4, 3 * side // 4), fill=255)
    return area


@pytest.mark.parametrize("side", [128, 512])
def test_the_whole_face_is_kept_up_to_its_edge_and_the_rest_changes_in_full(side: int) -> None:
    area = face(side)
    greys = np.asarray(keeping(area)).astype(int)
    inside = np.asarray(area) > 127
    far = np.ones_like(inside)
    far[side // 8 : -side // 8, side // 8 : -side // 8] = False
    nearly = 255 * (KEPT + 0.35 * (1 - KEPT))
    assert greys.min() == round(255 * KEPT)
    assert (greys[inside] < nearly).all()  # most of the edge's blur lies outside the face
    assert (greys[far] == 255).all()


def test_holding_a_face_more_firmly_leaves_what_may_change_as_it_was() -> None:
    whole = keeping(face(128))
    firmer = np.asarray(held(whole, 0.5)).astype(int)
    before = np.asarray(whole).astype(int)
    assert (firmer[before == 255] == 255).all()
    assert (firmer[before < 255] <= before[before < 255] // 2 + 1).all()
