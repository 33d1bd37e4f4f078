"""What is held about a person, on the page: fetched as one file, and erased after one question."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from tests.bot.web.house import House, Visitor, png

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def exported(visitor: Visitor) -> zipfile.ZipFile:
    _, reply = await visitor.say("/mydata export")
    status, packed = await visitor.get(reply["buttons"][0]["href"])
    assert status == 200
    return zipfile.ZipFile(BytesIO(packed))


async def test_the_archive_holds_the_pictures_and_settings_of_this_person_alone(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle("/restyle a fox in mydata 0.5")
    await house.worker.work_all()
    await visitor.say("/settings strength=0.3")
    archive = await exported(visitor)
    jobs = json.loads(archive.read("jobs.json"))
    assert [job["card"] for job in jobs] == [card["id"]]
    assert archive.read(jobs[0]["result"]).startswith(b"\x89PNG")
    assert json.loads(archive.read("settings.json"))["strength"] == "0.3"
    assert archive.testzip() is None
    async with house.visitor() as another:
        assert json.loads((await exported(another)).read("jobs.json")) == []


async def test_erasing_asks_once_and_then_all_of_it_is_gone(house: House, visitor: Visitor) -> None:
    done = await visitor.restyle("/restyle done 0.5")
    await house.worker.work_all()
    running = await visitor.restyle("/restyle still running 0.5")
    lease = await house.worker.start()
    src = (await visitor.card(done))["results"][0]["src"]
    _, question = await visitor.say("/mydata erase")
    assert (await visitor.get(src))[0] == 200  # nothing has happened yet
    async with house.visitor() as another:
        status, _ = await another.post("/api/buttons", {"id": question["buttons"][0]["id"]})
        assert status == 403
    status, _ = await visitor.post("/api/buttons", {"id": question["buttons"][0]["id"]})
    assert status == 200
    await house.worker.finish(lease)
    assert (await visitor.get(src))[0] == 404
    assert (await visitor.get("/api/history"))[1]["cards"] == []
    for card in (done, running):
        assert (await visitor.get(f"/api/cards/{card['id']}"))[0] == 404
    assert json.loads((await exported(visitor)).read("jobs.json")) == []


async def test_a_picture_that_somebody_else_uses_outlives_whoever_brought_it_first(
    house: House, visitor: Visitor
) -> None:
    await visitor.upload(png("olive"))
    async with house.visitor() as another:
        kept = (await another.say("/restyle kept 0.5", picture=await another.upload(png("olive"))))[1]["card"]
        await visitor.say("/restyle gone 0.5", picture=await visitor.upload(png("olive")))
        _, question = await visitor.say("/mydata erase")
        await visitor.post("/api/buttons", {"id": question["buttons"][0]["id"]})
        assert (await another.get(kept["original"]))[0] == 200
        await house.worker.work_all()


async def test_an_unknown_wish_is_named_back(visitor: Visitor) -> None:
    status, answer = await visitor.say("/mydata exprot")
    assert status == 400
    assert "export" in answer["error"]["sentence"]
    assert "/mydata erase" in (await visitor.say("/mydata"))[1]["text"]
