"""One person on Discord and on the page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, CookieJar

from bot.app import App
from tests.bot.web.house import Visitor
from tests.discord.bot.running import FAST, ended, png, restyle, told
from tests.discord.fake import Answer, FakeDiscord, Person

CODE = re.compile(r"/link ([0-9A-Z]{4}-[0-9A-Z]{4})")


@asynccontextmanager
async def visitor_of(app: App) -> AsyncIterator[Visitor]:
    assert app.web_address
    async with ClientSession(app.web_address, cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.get("/"):
            pass
        yield Visitor(session=session, origin=app.web_address.rstrip("/"))


async def code_of(page: Visitor) -> str:
    _, said = await page.say("/link")
    [code] = CODE.findall(said["text"])
    return str(code)


async def linked_as_ana(fake: FakeDiscord, page: Visitor, ana: Person) -> Answer:
    """The question and the yes of linking this page to ana; returns the question."""
    question = await ana.slash("link", code=(await code_of(page)).lower())
    await told(fake, question, "the page")
    assert question.is_ephemeral
    await told(fake, await ana.press(question, "Yes, both are me"), "Linked with the page")
    return question


async def test_who_links_the_page_and_discord_is_one_person_until_they_part(fake: FakeDiscord, tmp_path: Path) -> None:
    fake.rates.hurry(20)
    async with restyle(fake, tmp_path, web=True, web_port=0) as app, visitor_of(app) as page, page.live() as live:
        ana = fake.person("ana", fake.text_channel())
        await live.until("hello")
        await page.say("/settings format=webp")
        first = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST, seed=7))
        assert (await page.get("/api/history"))[1]["cards"] == []
        await linked_as_ana(fake, page, ana)
        [card] = (await page.get("/api/history"))[1]["cards"]
        assert card["results"][0]["label"] == "seed 7"
        await told(fake, await ana.slash("settings"), "format webp")

        second = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST, seed=8))
        await live.until("card", status="done")  # asked for there, seen here, on the page that was open before
        await fake.until(lambda: len(ana.pings) == 2)
        drawn = await page.restyle(f"/restyle {FAST} 0.5 seed=9")
        await live.until("card", status="done", id=drawn["id"])
        public = [message for message in fake.said() if not message.is_ephemeral]
        assert len(public) == 4, "two cards and their pings; what the page asked for stays there"
        await told(fake, await ana.slash("history"), "seed 9")

        _, said = await page.say("/link")
        assert "1. the page" in said["text"] or "2. the page" in said["text"]
        await told(fake, await ana.slash("link", action="remove"), "Discord (ana) is on its own again")
        [card] = (await page.get("/api/history"))[1]["cards"]
        assert card["id"] == drawn["id"]
        assert (await page.get(f"/api/cards/{drawn['id']}"))[0] == 200
        history = await ana.slash("history")
        await told(fake, history, "seed 8")
        assert "seed 9" not in history.text
        await told(fake, await ana.press(second, "Info"), "seed")
        assert await ended(fake, await ana.press(first, "Delete"), "") is not None


async def test_a_question_is_answered_by_whom_it_was_asked(fake: FakeDiscord, tmp_path: Path) -> None:
    fake.rates.hurry(20)
    async with restyle(fake, tmp_path, web=True, web_port=0) as app, visitor_of(app) as page:
        channel = fake.text_channel()
        ana, eve = fake.person("ana", channel), fake.person("eve", channel)
        await told(fake, await eve.slash("link", code="0000-0000"), "wrong, used, or older")
        question = await linked_as_ana(fake, page, ana)
        await told(fake, await ana.press(question, "Yes, both are me"), "wrong, used, or older")
        asked = await page.say(f"/link {(await code_of(page)).lower()}")
        assert asked[0] == 400, "one's own code"
