"""A session in two browsers: ideas, votes, the end; and the gallery that anybody with its link may look at."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from bot.web.identity import Keys
from core.domain.character import Preset
from core.domain.names import CardId, PersonId, Place, Platform
from core.domain.session import SessionId
from core.service.asking import Asker
from core.service.session_views import SessionView
from tests.bot.web.house import SECRET, House, Visitor, png

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE = {"width": 360, "height": 740}


def on_page(person: str, name: str = "") -> Asker:
    web = PersonId(f"web:{person}")
    return Asker(person=web, name=name, place=Place(platform=Platform.WEB, conversation=web))


async def with_character(house: House, person: str) -> Asker:
    """Somebody who has a character called Mira."""
    asker = on_page(person, person)
    picture = await house.service.take_picture(png("tan"))
    await house.service.characters.save(asker, "Mira", picture, Preset(prompt="a girl"))
    return asker


def person_of(visitor: Visitor) -> str:
    """Whom the page takes a visitor for."""
    keys = Keys(secret=SECRET)
    return next(str(found) for one in visitor.session.cookie_jar if (found := keys.read_person(one.value)))


async def started(house: House, visitor: Visitor, line: str = "") -> SessionView:
    """A session of the visitor's, as they start it on the page."""
    person = person_of(visitor)
    await with_character(house, person.partition(":")[2])
    status, answer = await visitor.say(f"/session start Mira call-me=Hana {line}")
    assert status == 200, answer
    code = answer["links"][0]["href"].rpartition("/")[2]
    return await house.service.sessions.view(SessionId(code))


async def with_entries(house: House, view: SessionView, *ideas: str, author: str = "ana") -> list[str]:
    ann = on_page(author, author)
    await house.service.sessions.join(ann, view.session.id)
    entries = [(await house.service.sessions.idea(ann, view.session.id, words))[0].id for words in ideas]
    await house.worker.work_all()
    for entry in entries:
        await house.service.sessions.keeper.arrived(entry)
    return [str(entry) for entry in entries]


async def opened(browser: Browser, address: str, **options: Any) -> Page:
    context = await browser.new_context(**options)
    page = await context.new_page()
    assert await page.goto(address)
    return page


async def test_two_browsers_hold_a_session_and_its_gallery_tells_who_won(
    house: House, visitor: Visitor, browser: Browser
) -> None:
    view = await started(house, visitor, 'theme="winter <b>" until=2h')
    code = view.session.id
    ann, bea = [await opened(browser, f"{house.address}session/{code}") for _ in range(2)]
    for page, name in ((ann, "Ann"), (bea, "Bea")):
        await page.fill("#name", name)
        await page.click("#part button")
        await page.wait_for_selector("#words")
    await ann.fill("#words", "a <i>red</i> coat")
    await ann.click("#part button")
    await expect(ann.locator("#words")).to_have_value("")
    await house.worker.work_all()
    await bea.wait_for_selector("#vote-1[aria-pressed=false]", timeout=20_000)
    await bea.click("#vote-1")
    await bea.wait_for_selector("#vote-1[aria-pressed=true]")
    assert await ann.locator("#vote-1").count() == 0, "nobody votes for their own"
    assert "a <i>red</i> coat" in await bea.inner_text("#tile-1")
    assert (await visitor.say(f"/session end {code}"))[0] == 200
    view = await house.service.sessions.view(code)
    gallery = await opened(browser, f"{house.address}gallery/{view.session.link}", viewport=PHONE)
    assert "a <i>red</i> coat (Ann)" in await gallery.inner_text("#board")
    assert await gallery.locator("#tile-1.won").count() == 1
    for page in (ann, bea, gallery):
        await page.context.close()


async def test_a_gallery_is_usable_by_keyboard_and_on_a_telephone_and_follows_nobody(
    house: House, visitor: Visitor, browser: Browser
) -> None:
    view = await started(house, visitor)
    await with_entries(house, view, "a green hat", "w" * 300)
    page = await opened(browser, f"{house.address}gallery/{view.session.link}", viewport=PHONE)
    images = await page.eval_on_selector_all(
        "#tiles img", "all => all.map(one => [one.loading, one.alt, one.className])"
    )
    assert all(loading == "lazy" and (alt or kind == "was") for loading, alt, kind in images)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.evaluate("document.documentElement.lang") == "en"
    assert await page.locator("h1").count() == 1
    await page.focus("#before-1")
    await page.keyboard.press("Space")
    assert await page.eval_on_selector("#tile-1 .was", "one => getComputedStyle(one).visibility") == "visible"
    assert await page.context.cookies() == []
    unnamed = """[...document.querySelectorAll('button, input, a')].filter((one) =>
        !(one.labels?.length || one.innerText.trim() || one.querySelector('img[alt]:not([alt=""])'))).length"""
    assert await page.evaluate(unnamed) == 0
    late = await with_entries(house, view, "a scarf", author="bo")
    await page.wait_for_selector("#tile-3", timeout=20_000)
    assert await page.is_checked("#before-1"), "what one has set stays"
    await house.service.sessions.remove(on_page("bo"), view.session.id, 3)
    assert late
    await page.wait_for_selector("#tile-3", state="detached", timeout=20_000)
    await page.context.close()


async def test_a_gallery_needs_no_token_and_its_room_does(house: House, visitor: Visitor) -> None:
    view = await started(house, visitor)
    await with_entries(house, view, "a green hat")
    async with house.another_page(web_token=SecretStr("t" * 20)) as address, ClientSession(address) as stranger:
        link, code = view.session.link, view.session.id
        for path, status in (
            (f"/gallery/{link}", 200),
            (f"/gallery/{link}/thumb/1", 200),
            (f"/gallery/{link}/full/base", 200),
            (f"/gallery/{link}/full/99", 429),
            ("/gallery/wrong", 429),
            (f"/session/{code}", 403),
            (f"/session/{code}/full/1", 403),
        ):
            async with stranger.get(path) as response:
                assert response.status == status, (path, response.status)
                assert "Set-Cookie" not in response.headers


async def test_the_sheet_and_the_file_of_all_pictures_hold_everything(house: House, visitor: Visitor) -> None:
    view = await started(house, visitor)
    await with_entries(house, view, "a green hat", "a red hat")
    _, sheet = await visitor.get(f"/gallery/{view.session.link}/sheet.png")
    assert sheet.startswith(b"\x89PNG")
    _, packed = await visitor.get(f"/gallery/{view.session.link}/pictures.zip")
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert len([name for name in names if name.endswith(".png")]) == 3


async def test_the_winner_becomes_the_base_if_the_owner_says_so(house: House, visitor: Visitor) -> None:
    view = await started(house, visitor)
    (entry,) = await with_entries(house, view, "a green hat")
    voter = on_page("vera", "Vera")
    await house.service.sessions.join(voter, view.session.id)
    await house.service.sessions.vote(voter, CardId(entry))
    status, early = await visitor.post("/api/buttons", {"id": f"v1:crown:{entry}"})
    assert (status, early["error"]["key"]) == (429, "session.not-ended")
    await visitor.say(f"/session end {view.session.id}")
    async with house.visitor() as stranger:
        _, refused = await stranger.post("/api/buttons", {"id": f"v1:crown:{entry}"})
        assert refused["error"]["key"] == "session.not-owner"
    assert (await visitor.post("/api/buttons", {"id": f"v1:crown:{entry}"}))[0] == 200
    won = (await house.service.sessions.view(view.session.id)).entries[0]
    character = await house.service.characters.find(view.session.subject.owner, "Mira")
    assert (character.base.number, character.base.picture) == (2, won.picture)


async def test_outsiders_and_votes_after_the_end_are_told_why_not(house: House, visitor: Visitor) -> None:
    view = await started(house, visitor, "budget=1 board=off")
    (entry,) = await with_entries(house, view, "a green hat")
    async with house.visitor() as stranger:
        _, outside = await stranger.post("/api/buttons", {"id": f"v1:vote:{entry}"})
        assert outside["error"]["key"] == "session.outsider"
        _, joined = await stranger.say(f"/session join {view.session.id} call-me=Stan")
        assert joined["kind"] == "text"
        _, counted = await stranger.post("/api/buttons", {"id": f"v1:vote:{entry}"})
        assert "counts" in counted["text"]
        _, back = await stranger.post("/api/buttons", {"id": counted["buttons"][0]["id"]})
        assert "taken back" in back["text"]
        line = {"line": f"/session end {view.session.id}"}
        _, refused = await stranger.post("/api/commands", line, headers={"X-Forwarded-For": "192.0.2.1"})
        assert refused["error"]["key"] == "session.host"
        assert (await stranger.say("/idea a blue hat"))[1]["kind"] == "card"
        assert (await stranger.say("/idea a pink hat"))[1]["error"]["key"] == "session.budget"
        await visitor.say(f"/session dismiss 2 session={view.session.id}")
        await visitor.say(f"/session end {view.session.id}")
        _, late = await stranger.post("/api/buttons", {"id": f"v1:vote:{entry}"})
        assert late["error"]["key"] == "session.ended"


async def test_a_host_without_a_name_says_it_in_the_room_and_it_holds_for_earlier_ideas(
    house: House, visitor: Visitor
) -> None:
    await with_character(house, person_of(visitor).partition(":")[2])
    _, answer = await visitor.say("/session start Mira")
    room = answer["links"][0]["href"]
    code = SessionId(room.rpartition("/")[2])
    await visitor.say(f"/idea a red hat session={code}")
    await house.worker.work_all()
    assert b'id="name"' in (await visitor.get(room))[1]
    await visitor.post(f"/api/sessions/{code}/join", {"name": "Hana"})
    assert b'id="words"' in (await visitor.get(room))[1]
    await visitor.post(f"/api/sessions/{code}/join", {"name": "Somebody else"})
    view = await house.service.sessions.view(code)
    assert view.session.host_name == "Hana"
    assert {entry.author_name for entry in await house.service.sessions.store.entries(code)} <= {"Hana"}


async def test_while_the_host_hides_the_board_no_page_and_no_file_tells_the_votes(
    house: House, visitor: Visitor
) -> None:
    view = await started(house, visitor, "board=off")
    (entry,) = await with_entries(house, view, "a green hat")
    voter = on_page("vic", "Vic")
    await house.service.sessions.join(voter, view.session.id)
    await house.service.sessions.vote(voter, CardId(entry))
    gallery = f"/gallery/{view.session.link}"
    for path in (gallery, f"/session/{view.session.id}"):
        page = (await visitor.get(path))[1].decode()
        assert "a green hat" in page
        assert "by ana" in page
        assert "votes: 1</p>" not in page
    assert [(await visitor.get(f"{gallery}/{file}"))[0] for file in ("sheet.png", "pictures.zip")] == [429, 429]
    await visitor.say(f"/session end {view.session.id}")
    assert "votes: 1</p>" in (await visitor.get(gallery))[1].decode()
    assert (await visitor.get(f"{gallery}/sheet.png"))[0] == 200


async def test_the_host_pauses_removes_and_ends_by_buttons_that_ask_once(
    house: House, visitor: Visitor, browser: Browser
) -> None:
    view = await started(house, visitor)
    await with_entries(house, view, "a green hat", "a red hat")
    page = await opened(browser, f"{house.address}session/{view.session.id}", viewport=PHONE)
    await page.click("#pause")
    await expect(page.locator("#counts")).to_contain_text("paused")
    await page.click("#pause")
    await expect(page.locator("#counts")).not_to_contain_text("paused")
    await page.click("#remove-1")
    await expect(page.locator("#remove-1")).to_have_text("Sure?")
    assert len((await house.service.sessions.view(view.session.id)).entries) == 2
    await page.click("#remove-1")
    await expect(page.locator("#tile-1")).to_have_count(0)
    await page.click("#end")
    await page.click("#end")
    await expect(page.locator("#counts")).to_contain_text("ended")
    await expect(page.locator("#end")).to_have_count(0)
    await page.context.close()


FAINT = """(least) => {
  const light = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (node) => {
    const colour = node ? getComputedStyle(node).backgroundColor : "rgb(255, 255, 255)";
    return /, 0\\)$/.test(colour) ? behind(node.parentElement) : colour;
  };
  const said = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  return [...document.body.querySelectorAll("*")]
    .filter((node) => said(node) && node.getBoundingClientRect().width > 1 && !node.closest(".unseen"))
    .map((node) => {
      const [one, other] = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
      return [node.textContent.trim().slice(0, 40), Math.round(100 * (one + 0.05) / (other + 0.05)) / 100];
    })
    .filter(([, contrast]) => contrast < least);
}"""  # WCAG 2.2, 1.4.3: text stands out from what is behind it at least 4.5 to 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_of_a_room_stands_out_and_every_control_can_be_hit_by_a_thumb(
    scheme: str, house: House, visitor: Visitor, browser: Browser
) -> None:
    view = await started(house, visitor, 'rules="be kind"')
    (entry, _) = await with_entries(house, view, "a green hat", "a scarf")
    page = await opened(browser, f"{house.address}session/{view.session.id}", viewport=PHONE, color_scheme=scheme)
    await page.fill("#name", "Ann")
    await page.click("#part button")
    await page.wait_for_selector("#words")
    await page.click("#vote-1")
    await page.wait_for_selector("#vote-1[aria-pressed=true]")
    assert await page.evaluate(FAINT, 4.5) == []
    small = """[...document.querySelectorAll('button, input, label')]
        .filter((one) => { const box = one.getBoundingClientRect(); return one.checkVisibility() && !one.labels?.length
          && !one.htmlFor && Math.min(box.width, box.height) < 24; }).map((one) => one.outerHTML)"""  # 2.5.8
    assert await page.evaluate(small) == []
    await visitor.say(f"/session end {view.session.id}")
    await expect(page.locator("#counts")).to_contain_text("ended")
    assert await page.evaluate(FAINT, 4.5) == []
    assert entry
    await page.context.close()
