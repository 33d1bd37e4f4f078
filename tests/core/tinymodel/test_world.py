"""The drawn world: what is drawn follows from seeds, and what changes is only what should."""

from random import Random

import numpy as np
import pytest

from core.tinymodel.draw import draw
from core.tinymodel.looks import plates_of_photograph, render
from core.tinymodel.photographs import crop, dead_leaves
from core.tinymodel.world import (
    LOOKS,
    OUTFIT_COLOURS,
    OUTFIT_KINDS,
    Outfit,
    Picture,
    draw_character,
    draw_picture,
    draw_setting,
)

RED_SUIT = Outfit(kind="suit", colour="red", accent="blue")


def portrait(seed: int = 3, *, look: str = "illustration", outfit: Outfit = RED_SUIT) -> Picture:
    """A character that stands in the middle."""
    return Picture(who=draw_character(seed), outfit=outfit, setting=draw_setting(Random(seed), framed=False), look=look)


@pytest.mark.parametrize("look", LOOKS)
def test_the_same_picture_gives_the_same_bytes(look: str) -> None:
    first, second = draw_picture(11, Random(4), look=look), draw_picture(11, Random(4), look=look)

    assert first == second
    assert np.array_equal(draw(first), draw(second))


def test_other_seeds_give_other_people() -> None:
    people = {draw_character(seed) for seed in range(50)}
    pictures = {draw(portrait(seed)).tobytes() for seed in range(6)}

    assert len(people) == 50
    assert len(pictures) == 6


@pytest.mark.parametrize("kind", OUTFIT_KINDS)
def test_other_clothes_change_the_body_and_leave_the_face(kind: str) -> None:
    before = draw(portrait(outfit=Outfit(kind="suit", colour="white", accent="red"))).astype(int)
    after = draw(portrait(outfit=Outfit(kind=kind, colour="green", accent="yellow"))).astype(int)
    change = np.abs(after - before).mean(axis=-1)

    assert change[40:70, 50:78].max() == 0
    assert change[112:].mean() > 20


def test_every_kind_of_outfit_looks_different_from_every_other() -> None:
    drawn = [draw(portrait(outfit=Outfit(kind=k, colour="blue", accent="red"))).astype(int)[90:] for k in OUTFIT_KINDS]
    distances = [np.abs(a - b).mean() for i, a in enumerate(drawn) for b in drawn[:i]]

    assert len(OUTFIT_KINDS) >= 6
    assert len(OUTFIT_COLOURS) >= 8
    assert min(distances) > 5


def test_looks_differ_from_one_another_and_keep_the_content_in_place() -> None:
    drawn = {look: draw(portrait(look=look)).astype(float) for look in LOOKS}
    distances = [np.abs(drawn[a] - drawn[b]).mean() for i, a in enumerate(LOOKS) for b in LOOKS[:i]]

    assert min(distances) > 3
    # grey values of the watercolour rise and fall with those of the photo
    photo, paint = (drawn[look].mean(axis=-1)[20:108, 20:108].ravel() for look in ("photo", "watercolour"))
    assert np.corrcoef(photo, paint)[0, 1] > 0.5


@pytest.mark.parametrize("look", LOOKS)
def test_a_photograph_takes_every_look_at_any_size(look: str) -> None:
    plates = plates_of_photograph(dead_leaves(Random(1), 96, 64))

    picture = render(plates, look, seed=5)

    assert picture.shape == (64, 96, 3)
    assert np.array_equal(picture, render(plates, look, seed=5))
    assert picture.std() > 5


def test_crops_have_the_size_asked_for_and_follow_from_the_seed() -> None:
    first, second = crop(Random(8), 64, 48), crop(Random(8), 64, 48)

    assert first.shape == (48, 64, 3)
    assert np.array_equal(first, second)


def test_a_wide_canvas_shows_the_same_person_with_more_around() -> None:
    wide = draw(portrait(), 192, 128)

    assert wide.shape == (128, 192, 3)
    assert np.abs(wide[40:70, 82:110].astype(int) - draw(portrait())[40:70, 50:78].astype(int)).mean() < 1
