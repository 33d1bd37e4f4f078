"""What variations keep of a character: likeness is measured, and the face is found once."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.domain.character import FACE_STRENGTH, Preset, ShareMode
from core.domain.command import Command
from core.domain.likeness import SAME, Keep, Likeness
from core.domain.names import PersonId, Place, Platform
from core.errors import NotAllowedError
from core.service.asking import Asker
from core.service.session_plans import subject_of
from tests.bot.web.house import House, png

pytestmark = pytest.mark.asyncio(loop_scope="session")


def asker(name: str) -> Asker:
    return Asker(person=PersonId(f"web:{name}"), name=name, place=Place(platform=Platform.WEB, conversation=name))


def vary(outfits: str, keep: Keep | None = None) -> Command:
    return Command(name="vary", prompt=outfits, character="Mira", keep=keep)


async def saved(house: House, who: Asker, colour: str) -> None:
    picture = await house.service.take_picture(png(colour))
    await house.service.characters.save(who, "Mira", picture, Preset(prompt="a girl"))


async def test_every_variation_is_measured_against_the_base_and_changes_as_the_preset_says(house: House) -> None:
    ana = asker("keeping-ana")
    await saved(house, ana, "wheat")
    base = await house.service.characters.find(ana.person, "mira")
    card = await house.service.characters.vary(ana, vary("red coat | blue hat"))
    requests = [state.job.request for state in card.jobs]
    assert base.base.picture
    assert {request.likeness for request in requests} == {Likeness(base=base.base.picture, keep=False, floor=SAME)}
    assert {(request.strength, request.mask) for request in requests} == {(Decimal("0.4"), None)}


async def test_the_face_is_found_once_kept_with_the_character_and_the_rest_changes_more(house: House) -> None:
    bea, command = asker("keeping-bea"), vary("red coat", Keep.BOTH)
    await saved(house, bea, "salmon")
    characters, looks = house.service.characters, len(house.worker.looks)
    found = await characters.keeping.look(bea.person, command)
    card = await characters.vary(bea, command)
    assert found
    assert await characters.keeping.look(bea.person, command) is None
    assert len(house.worker.looks) == looks + 1
    request = card.first.request
    assert request.mask == found.character.base.face_map
    assert (request.strength, request.likeness and request.likeness.keep) == (FACE_STRENGTH, True)
    tinted, plain = (np.asarray(Image.open(BytesIO(data)).convert("RGB")) for data in (found.shown, png("salmon")))
    assert (tinted[64, 64] == plain[64, 64]).all()
    assert (tinted[4, 4] != plain[4, 4]).any()


async def test_the_sheet_shows_what_may_change(house: House) -> None:
    eve = asker("keeping-eve")
    await saved(house, eve, "peru")
    blue = []
    for keep in (Keep.OFF, Keep.FACE):
        card = await house.service.characters.vary(eve, vary("red coat", keep))
        await house.worker.finish(await house.worker.start(), "white")
        done = await house.service.card(eve.person, card.id)
        sheet = np.asarray(Image.open(BytesIO(await house.service.sheet(done))).convert("RGB")).astype(int)
        blue.append(int((sheet[..., 2] > sheet[..., 0] + 20).sum()))
    assert blue[0] == 0 < blue[1]


async def test_the_owner_says_what_is_kept_from_now_on_and_sessions_keep_it_too(house: House) -> None:
    cat, dan = asker("keeping-cat"), asker("keeping-dan")
    await saved(house, cat, "plum")
    characters = house.service.characters
    await characters.keeping.keep(cat.person, "mira", Keep.BOTH, 0.65)
    await characters.keeping.face(cat.person, "mira", words="the left eye")
    assert house.worker.looks[-1] == "the left eye"
    card = await characters.vary(cat, vary("red coat"))
    kept = card.first.request
    assert kept.mask
    assert kept.likeness
    assert (kept.likeness.keep, kept.likeness.floor) == (True, 0.65)
    plain = await characters.vary(cat, vary("red coat", Keep.OFF))
    assert (plain.first.request.mask, plain.first.request.strength) == (None, Decimal("0.4"))
    subject = subject_of(await characters.find(cat.person, "mira"))
    assert (subject.mask, subject.strength, subject.keeps_likeness) == (kept.mask, FACE_STRENGTH, True)
    await saved(house, dan, "navy")
    offered = await characters.sharing.share(cat, "mira", ShareMode.FOLLOW, here=False)
    await characters.sharing.take(dan, offered.code, "Another")
    with pytest.raises(NotAllowedError):
        await characters.keeping.keep(dan.person, "another", Keep.OFF)
