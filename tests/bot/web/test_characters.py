"""Characters on the page: commands and buttons over HTTP, and their panel in a real Chromium."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from core.domain.names import PersonId
from tests.bot.web.house import House, Visitor, png
from tests.bot.web.test_browser import UNLABELLED, attach, opened, say
from tests.bot.web.test_gallery import person_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def told(visitor: Visitor, line: str, status: int = 200, **more: str) -> dict[str, Any]:
    found, answer = await visitor.say(line, **more)
    assert found == status, answer
    return answer


async def sentence(visitor: Visitor, line: str, status: int = 400, **more: str) -> str:
    return str((await told(visitor, line, status, **more))["error"]["sentence"])


async def saved(visitor: Visitor, name: str = "fox", words: str = "a fox") -> dict[str, Any]:
    answer = await told(visitor, f'/character save "{name}" {words} seed=7', picture=await visitor.upload())
    assert answer["kind"] == "character", answer
    return dict(answer["character"])


async def test_a_picture_becomes_a_character_with_its_words_and_settings(visitor: Visitor) -> None:
    fox = await saved(visitor)
    assert (fox["name"], fox["lines"]) == ("fox", ["a fox", "strength 0.4 · seed 7"])
    status, picture = await visitor.get(fox["picture"])
    assert status == 200
    assert picture.startswith(b"\xff\xd8")
    listed = await told(visitor, "/character")
    assert listed["text"] == "Your characters, 1 of 4:"
    assert [one["name"] for one in listed["characters"]] == ["fox"]


async def test_a_character_is_varied_from_its_base_picture_on_one_labelled_sheet(
    house: House, visitor: Visitor
) -> None:
    fox = await saved(visitor)
    card = (await told(visitor, "/vary fox red armour | {blue|green} cloak"))["card"]
    await house.worker.work_all()
    card = await visitor.card(card)
    assert [one["label"] for one in card["results"]] == ["red armour", "blue cloak", "green cloak"]
    assert {card["original"]} == {f"/api/jobs/{card['jobs'][0]['id']}/original"}
    uses = [button["label"] for row in card["rows"] for button in row if button["action"] == "use"]
    assert uses == ["Use red armour", "Use blue cloak", "Use green cloak"]
    status, sheet = await visitor.get(card["sheet"])
    assert status == 200
    assert sheet.startswith(b"\x89PNG")
    shown = (await told(visitor, "/character show fox"))["character"]
    assert len(shown["best"]) == 3
    assert shown["id"] == fox["id"]


async def test_a_variation_becomes_the_new_base_and_the_old_one_comes_back(house: House, visitor: Visitor) -> None:
    await saved(visitor)
    card = (await told(visitor, "/vary fox golden crown"))["card"]
    await house.worker.work_all()
    _, answer = await visitor.press(await visitor.card(card), "base")
    assert answer["character"]["lines"][1] == "strength 0.4 · seed 7 · picture 2 of 2"
    assert "version=1" in answer["text"]
    back = await told(visitor, "/character edit fox version=1")
    assert back["character"]["lines"][1] == "strength 0.4 · seed 7 · picture 1 of 2"


async def test_a_result_is_saved_by_its_button_with_its_own_picture_and_settings(
    house: House, visitor: Visitor
) -> None:
    card = await visitor.restyle("/restyle a fox 0.5 seed=9")
    await house.worker.work_all()
    _, begun = await visitor.press(await visitor.card(card), "save")
    assert begun["line"] == "/character save "
    answer = await told(visitor, f"{begun['line']}Reynard", job=begun["job"])
    assert answer["character"]["lines"] == ["a fox", "strength 0.4 · seed 9"]


async def test_words_alone_make_a_character_whose_picture_comes_later(house: House, visitor: Visitor) -> None:
    card = (await told(visitor, "/character save bear a brown bear"))["card"]
    assert card["headline"].startswith("Restyling")
    assert "still being made" in await sentence(visitor, "/vary bear rain coat")
    lease = await house.worker.start()
    assert lease.job.request.strength == 1
    await house.worker.finish(lease)
    assert (await told(visitor, "/character show bear"))["character"]["picture"]
    assert "a brown bear" in (await visitor.card(card))["headline"]


async def test_every_mistake_with_a_name_has_its_sentence(visitor: Visitor) -> None:
    await saved(visitor, "fox")
    picture = await visitor.upload()
    for name, part in (
        ("FÓX", "There is a character fox"),
        ("", "at least one letter"),
        ("x" * 200, "has 200 characters"),
        ("🦊", "no emoji"),
        ("fоx", "several alphabets"),
        ("fох", "several alphabets"),
        ("none", "means something else"),
    ):
        assert part in await sentence(visitor, f'/character save "{name}"', picture=picture), name
    assert "needs a picture" in await sentence(visitor, "/character save bear")
    assert "did you mean fox" in await sentence(visitor, "/character show fxo")
    assert "did you mean rename" in await sentence(visitor, "/character renam fox")
    assert "40 outfits; 10 is the most" in await sentence(
        visitor, "/vary fox " + " | ".join(f"coat {n}" for n in range(40))
    )
    assert "what to change" in await sentence(visitor, "/character edit fox")


async def test_a_character_deleted_while_its_job_runs_ends_as_usual(house: House, visitor: Visitor) -> None:
    await saved(visitor)
    card = (await told(visitor, "/vary fox snow boots"))["card"]
    lease = await house.worker.start()
    asked = await told(visitor, "/character delete fox")
    _, gone = await visitor.post("/api/buttons", {"id": asked["buttons"][0]["id"]})
    assert gone["text"] == "fox is gone."
    await house.worker.finish(lease)
    done = await visitor.card(card)
    assert done["status"] == "done"
    _, answer = await visitor.press(done, "base")
    assert "does not exist any more" in answer["error"]["sentence"]


async def test_the_default_is_meant_where_no_character_is_named(house: House, visitor: Visitor) -> None:
    await saved(visitor)
    await told(visitor, "/character use fox")
    await told(visitor, "/vary rain coat")
    await told(visitor, "/restyle in the snow")
    prompts = [(await house.worker.start()).job.request.prompt for _ in range(2)]
    assert prompts == ["a fox, rain coat", "a fox, in the snow"]
    await told(visitor, "/character use none")
    assert "There is no character rain" in await sentence(visitor, "/vary rain coat")


async def test_a_file_and_a_code_bring_a_character_to_somebody_else(house: House, visitor: Visitor) -> None:
    await saved(visitor)
    await told(visitor, "/character edit fox keep=both alike=0.65")
    export = await told(visitor, "/character export fox")
    _, data = await visitor.get(export["url"])
    shared = await told(visitor, "/character share fox")
    code = shared["text"].rpartition(" ")[2]
    async with house.visitor() as other:
        brought = await told(other, "/character import name=Reynard", picture=await other.upload(data))
        kept = "Variations keep its face and its likeness."
        assert brought["character"]["lines"] == ["a fox", "strength 0.4 · seed 7", kept]
        mine = await house.service.characters.listed(PersonId(person_of(other)))
        assert [one.threshold for one in mine] == [0.65]
        taken = await told(other, f"/character take {code}")
        assert taken["character"]["name"] == "fox"
        assert "no character" in await sentence(other, "/character import", picture=await other.upload(png()))
    assert "no server" in await sentence(visitor, "/character share fox here", 429)


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1100])
async def test_the_panel_lists_varies_and_removes_characters(house: House, browser: Browser, width: int) -> None:
    async with opened(browser, house.address, viewport={"width": width, "height": 760}) as page:
        await attach(page)
        await say(page, '/character save "red fox" a fox')
        await expect(page.locator(".entries .character")).to_contain_text("red fox")
        await page.locator("#characters-open").click()
        panel = page.locator("#characters")
        await expect(panel.locator(".character")).to_have_count(1)
        assert await page.evaluate(UNLABELLED) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await panel.locator(".vary input").fill("rain coat | red armour")
        await panel.locator(".vary button").click()
        await expect(panel).to_be_hidden()
        await expect(page.locator(".card.queued .cell")).to_have_count(2)
        await house.worker.work_all()
        await expect(page.locator(".card.done")).to_contain_text("rain coat")
        await page.locator("#characters-open").click()
        await panel.locator("[data-action=drop]").click()
        await panel.get_by_role("button", name="Yes, remove it").click()
        await expect(panel.locator(".character")).to_have_count(0)
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()


async def test_the_owner_says_once_what_every_variation_keeps(house: House, visitor: Visitor) -> None:
    await saved(visitor, "Kept")
    await told(visitor, "/character edit Kept keep=both alike=0.65")
    _, reply = await visitor.say("/vary Kept red coat")
    lease = await house.worker.start()
    request = lease.job.request
    await house.worker.finish(lease)
    assert reply["kind"] == "card"
    assert request.mask
    assert request.likeness
    assert (request.likeness.keep, request.likeness.floor) == (True, 0.65)
    assert "off, likeness, face, both" in await sentence(visitor, "/character edit Kept keep=hat")
