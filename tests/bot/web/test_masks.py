"""A mask beside the picture, over the page's calls and in a real Chromium."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from core.domain.names import JobId
from tests.bot.web.house import House, Visitor, png
from tests.bot.web.test_browser import attach, opened, say

pytestmark = pytest.mark.asyncio(loop_scope="session")


def grey(value: int = 200, side: int = 128) -> bytes:
    buffer = BytesIO()
    Image.new("L", (side, side), value).save(buffer, "PNG")
    return buffer.getvalue()


async def mask_of(house: House, card: dict[str, Any]) -> bytes:
    """The mask of a card's job, as the engine gets it."""
    job = await house.worker.outside.queue.get(JobId(card["jobs"][0]["id"]))
    assert job.request.mask
    return await house.service.picture(job.request.mask)


async def test_a_mask_beside_the_picture_reaches_the_job_with_its_greys(house: House, visitor: Visitor) -> None:
    picture = await visitor.upload()
    status, mask = await visitor.post(f"/api/masks?picture={picture}", data=grey(100))
    assert status == 200
    _, answer = await visitor.say("/restyle a fox 0.5", picture=picture, mask=mask["id"])
    assert Image.open(BytesIO(await mask_of(house, answer["card"]))).getextrema() == (100, 100)
    await house.worker.work_all()
    card = await visitor.card(answer["card"])
    assert "Only what the mask allows was changed." in card["notes"]
    _, info = await visitor.press(card, "info")
    assert ["mask", "its white changes"] in info["lines"]


async def test_varying_and_editing_keep_the_mask_and_another_mask_takes_its_place(
    house: House, visitor: Visitor
) -> None:
    picture = await visitor.upload()
    _, mask = await visitor.post(f"/api/masks?picture={picture}", data=grey(100))
    _, answer = await visitor.say("/restyle a fox 0.5", picture=picture, mask=mask["id"])
    await house.worker.work_all()
    card = await visitor.card(answer["card"])
    first = await mask_of(house, card)
    _, again = await visitor.press(card, "strong")
    assert await mask_of(house, again["card"]) == first
    _, draft = await visitor.press(card, "edit")
    assert draft["masked"] is True
    _, edited = await visitor.say("/restyle a cat", job=draft["job"])
    assert await mask_of(house, edited["card"]) == first
    _, other = await visitor.post(f"/api/masks?job={draft['job']}", data=grey(255))
    _, edited = await visitor.say("/restyle a cat", job=draft["job"], mask=other["id"])
    assert await mask_of(house, edited["card"]) != first


async def test_transparency_is_offered_as_a_mask(house: House, visitor: Visitor) -> None:
    buffer = BytesIO()
    cut = Image.new("RGBA", (128, 128), (200, 30, 30, 255))
    cut.paste((0, 0, 0, 0), (0, 0, 64, 128))
    cut.save(buffer, "PNG")
    _, taken = await visitor.post("/api/pictures", data=buffer.getvalue())
    _, answer = await visitor.say("/restyle a fox 0.5", picture=taken["id"], mask=taken["transparency"])
    mask = Image.open(BytesIO(await mask_of(house, answer["card"])))
    assert (mask.getpixel((0, 0)), mask.getpixel((100, 0))) == (255, 0)
    _, opaque = await visitor.post("/api/pictures", data=png())
    assert opaque["transparency"] is None


async def test_masks_that_do_not_fit_or_belong_to_somebody_else_are_refused(house: House, visitor: Visitor) -> None:
    picture = await visitor.upload()
    for data, key in ((grey(255, side=64), "input.mask-size"), (grey(0), "input.mask-empty")):
        status, answer = await visitor.post(f"/api/masks?picture={picture}", data=data)
        assert (status, answer["error"]["key"]) == (400, key)
    _, mask = await visitor.post(f"/api/masks?picture={picture}", data=grey())
    async with house.visitor() as other:
        theirs = await other.upload()
        assert (await other.post(f"/api/masks?picture={picture}", data=grey()))[0] == 404
        assert (await other.say("/restyle a fox", picture=theirs, mask=mask["id"]))[0] == 404
    assert (await visitor.post("/api/masks", data=grey()))[0] == 404


@pytest.mark.browser
async def test_the_page_takes_a_mask_shows_it_and_sends_it_along(house: House, browser: Browser) -> None:
    async with opened(browser, house.address) as page:
        await expect(page.locator("#mask")).to_be_hidden()
        await attach(page)
        await expect(page.locator("#mask")).to_be_visible()
        await expect(page.locator("#mask-transparent")).to_be_hidden()
        await page.set_input_files("#mask-file", {"name": "m.png", "mimeType": "image/png", "buffer": grey(180)})
        await expect(page.locator("#mask-words")).to_have_text("Only white in the mask changes")
        await page.reload()
        await expect(page.locator("#mask-words")).to_have_text("Only white in the mask changes")
        await say(page, "/restyle a fox 0.5")
        await expect(page.locator(".card.queued")).to_be_visible()
        await house.worker.work_all()
        await expect(page.locator(".card.done")).to_contain_text("Only what the mask allows was changed.")
        await attach(page)  # another picture has no mask yet
        await expect(page.locator("#mask-words")).to_be_empty()


@pytest.mark.browser
async def test_a_mask_that_does_not_fit_is_a_sentence_and_the_picture_stays(house: House, browser: Browser) -> None:
    async with opened(browser, house.address) as page:
        await attach(page)
        small = grey(side=64)
        await page.set_input_files("#mask-file", {"name": "m.png", "mimeType": "image/png", "buffer": small})
        await expect(page.locator(".entry").last).to_contain_text("The mask is 64x64, the picture 128x128")
        await expect(page.locator("#chip")).to_be_visible()
        await expect(page.locator("#mask-words")).to_be_empty()
