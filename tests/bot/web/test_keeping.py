"""What variations keep of a character: likeness is measured, and the face is found once."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from core.domain.character import FACE_STRENGTH, Preset, ShareMode
from core.domain.command import Command
from core.domain.likeness import SAME, Keep, Likeness
from core.domain.names import PersonId, Place, Platform
from core.domain.session import SessionId
from core.errors import EngineError, NotAllowedError
from core.service.asking import Asker
from core.service.session_plans import subject_of
from tests.bot.web.house import House, Visitor, png
from tests.bot.web.test_browser import attach, opened, say

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
    card, _ = await house.service.characters.vary(ana, vary("red coat | blue hat"))
    requests = [state.job.request for state in card.jobs]
    assert base.base.picture
    assert {request.likeness for request in requests} == {Likeness(base=base.base.picture, keep=False, floor=SAME)}
    assert {(request.strength, request.mask) for request in requests} == {(Decimal("0.4"), None)}


async def test_the_face_is_found_once_kept_with_the_character_and_the_rest_changes_more(house: House) -> None:
    bea, command = asker("keeping-bea"), vary("red coat", Keep.BOTH)
    await saved(house, bea, "salmon")
    characters, looks = house.service.characters, len(house.worker.looks)
    card, found = await characters.vary(bea, command)
    assert found
    _, again = await characters.vary(bea, command)
    assert again is None
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
        card, _ = await house.service.characters.vary(eve, vary("red coat", keep))
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
    card, _ = await characters.vary(cat, vary("red coat"))
    kept = card.first.request
    assert kept.mask
    assert kept.likeness
    assert (kept.likeness.keep, kept.likeness.floor) == (True, 0.65)
    plain, _ = await characters.vary(cat, vary("red coat", Keep.OFF))
    assert (plain.first.request.mask, plain.first.request.strength) == (None, Decimal("0.4"))
    subject = subject_of(await characters.find(cat.person, "mira"))
    assert (subject.mask, subject.strength, subject.keeps_likeness) == (kept.mask, FACE_STRENGTH, True)
    await saved(house, dan, "navy")
    offered = await characters.sharing.share(cat, "mira", ShareMode.FOLLOW, here=False)
    await characters.sharing.take(dan, offered.code, "Another")
    with pytest.raises(NotAllowedError):
        await characters.keeping.keep(dan.person, "another", Keep.OFF)


async def test_the_face_is_shown_with_the_first_variation_and_can_be_painted_instead(
    house: House, visitor: Visitor
) -> None:
    await visitor.say("/character save Painted a girl", picture=await visitor.upload(png("gold")))
    _, first = await visitor.say("/vary Painted red coat keep=face")
    _, second = await visitor.say("/vary Painted blue coat keep=face")
    assert "besides" not in second
    status, found = await visitor.get(first["besides"]["src"])
    assert status == 200
    status, refused = await visitor.say("/character face Painted", picture=await visitor.upload(png("gold")))
    assert (status, refused["error"]["key"]) == (400, "input.not-painted")
    mask = Image.new("RGB", (128, 128))
    mask.paste("white", (0, 0, 60, 128))
    file = BytesIO()
    mask.save(file, "PNG")
    _, shown = await visitor.say("/character face Painted", picture=await visitor.upload(file.getvalue()))
    _, painted = await visitor.get(shown["src"])
    before, after = (np.asarray(Image.open(BytesIO(data)).convert("RGB")) for data in (found, painted))
    gold = np.asarray(Image.open(BytesIO(png("gold"))).convert("RGB"))
    assert (after[64, 10] == gold[64, 10]).all()
    assert (after[64, 100] != gold[64, 100]).any()
    assert (before[64, 10] != gold[64, 10]).any()
    assert (await visitor.say("/vary Painted green coat"))[1]["kind"] == "card"
    await visitor.say("/character edit Painted keep=face")
    assert "Variations keep its face." in (await visitor.say("/character show Painted"))[1]["character"]["lines"]


async def test_who_follows_a_character_sees_its_face_and_cannot_move_it(house: House, visitor: Visitor) -> None:
    await visitor.say("/character save Mira a girl", picture=await visitor.upload(png("teal")))
    code = (await visitor.say("/character share Mira code follow"))[1]["text"].rpartition(" ")[2]
    async with house.visitor() as other:
        await other.say(f"/character take {code}")
        assert (await other.say("/character face Mira the hat"))[0] == 403
        await visitor.say("/character face Mira")
        assert (await other.say("/character face Mira"))[1]["kind"] == "face"


@pytest.mark.browser
async def test_a_face_is_painted_with_the_pages_brush(house: House, browser: Browser) -> None:
    async with opened(browser, house.address, viewport={"width": 360, "height": 760}) as page:
        await attach(page)
        await say(page, "/character save fox a fox")
        await page.locator(".entries .character [data-action=face]").click()
        await expect(page.locator(".entries img.face")).to_be_visible()
        assert house.worker.looks[-1] == "", "the button names the character, not what to look for"
        before = await page.locator(".entries img.face").get_attribute("src")
        await page.get_by_role("button", name="Paint the face").click()
        canvas = page.locator(".easel canvas")
        await canvas.scroll_into_view_if_needed()
        box = await canvas.bounding_box()
        assert box
        await page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.3, steps=5)
        await page.mouse.up()
        await page.get_by_role("button", name="Keep this").click()
        await expect(page.locator(".entries img.face")).to_be_visible()
        assert await page.locator(".entries img.face").get_attribute("src") != before
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_session_keeps_the_face_unless_its_host_says_otherwise(house: House, visitor: Visitor) -> None:
    await visitor.say("/character save Held a girl", picture=await visitor.upload(png("khaki")))
    strengths = []
    for words in ("", "keep=off", "keep=both"):
        _, started = await visitor.say(f"/session start Held {words}")
        code = SessionId(started["links"][0]["href"].rpartition("/")[2])
        subject = (await house.service.sessions.view(code)).session.subject
        strengths.append((subject.strength, subject.mask is not None, subject.keeps_likeness))
    plain = Decimal("0.4")
    assert strengths == [(FACE_STRENGTH, True, False), (plain, False, False), (FACE_STRENGTH, True, True)]
    assert (await visitor.say("/character show Held"))[1]["character"]["keep"] == "off", "the character stays as it is"


async def test_a_session_of_a_character_whose_face_is_not_found_starts_all_the_same(
    house: House, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find(*_: object) -> bytes:
        raise EngineError("no-face", what="face")

    monkeypatch.setattr(house.worker, "look", find)
    await visitor.say("/character save Faceless a stone", picture=await visitor.upload(png("grey")))
    assert (await visitor.say("/session start Faceless"))[0] == 200
    status, refused = await visitor.say("/session start Faceless keep=face")
    assert (status, refused["error"]["key"]) == (500, "engine.no-face")
