"""Variations by the bundled model itself: benchmarks/characters.py in small, for what must hold on any machine."""

from __future__ import annotations

from pathlib import Path

from benchmarks.characters import WAYS, cast, measure
from core.domain.likeness import Keep
from core.tinymodel.config import TinyConfig

CHARACTERS, OUTFITS = 2, 3


async def test_with_the_face_kept_the_clothes_follow_the_words_and_the_person_stays(tmp_path: Path) -> None:
    ways = [way for way in WAYS if way.keep is Keep.FACE or way.strength == "0.4"]
    found = {way: row async for way, row in measure(tmp_path, CHARACTERS, OUTFITS, ways)}
    uniform, kept = found["uniform 0.4"], found["keep the face"]
    assert kept["outfit"] >= 0.5
    assert kept["outfit"] > uniform["outfit"]
    assert kept["identity"] >= 0.6  # the right one of fifty
    assert kept["auc"] >= 0.9
    assert uniform["same"] >= 0.9


def test_nobody_is_asked_for_in_their_own_clothes_or_twice_in_the_same() -> None:
    whom = cast(4, 6, TinyConfig().world.held_out_seed)
    for picture, wanted in zip(whom.pictures, whom.wanted, strict=True):
        assert len({(one.kind, one.colour) for one in wanted}) == 6
        assert not [one for one in wanted if one.kind == picture.outfit.kind or one.colour == picture.outfit.colour]
