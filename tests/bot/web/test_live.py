from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.bot.web.house import House, Visitor, jpeg

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_is_told_everything_from_waiting_to_done(house: House, visitor: Visitor) -> None:
    async with visitor.live() as live:
        assert (await live.until("hello"))["cards"] == []
        card = await visitor.restyle()
        await live.until("card", id=card["id"], status="queued")
        lease = await house.worker.start()
        await live.until("card", id=card["id"], status="running")
        house.worker.step(lease.job, 3, jpeg("red"))
        step = await live.until("step")
        assert (step["step"], step["steps"]) == (3, lease.job.request.plan.run)
        assert step["preview"].startswith("data:image/jpeg;base64,")
        await house.worker.finish(lease)
        done = await live.until("card", status="done")
        assert done["card"]["results"]


async def test_a_page_that_connects_later_sees_the_state_as_it_is(house: House, visitor: Visitor) -> None:
    done, running, waiting = [await visitor.restyle() for _ in range(3)]
    await house.worker.finish(await house.worker.start())
    lease = await house.worker.start()
    house.worker.step(lease.job, 2)
    async with visitor.live() as live:
        cards = (await live.until("hello"))["cards"]
        assert [card["id"] for card in cards] == [done["id"], running["id"], waiting["id"]]
        assert [card["status"] for card in cards] == ["done", "running", "queued"]
        assert cards[1]["bar"]["step"] == 2


async def test_nobody_sees_somebody_elses_cards(house: House, visitor: Visitor) -> None:
    async with house.visitor() as stranger, stranger.live() as live:
        await live.until("hello")
        await visitor.restyle()
        await house.worker.work_all()
        mine = await stranger.restyle()
        assert (await live.until("card"))["card"]["id"] == mine["id"]


async def test_steps_are_told_together_when_they_come_fast(house: House, visitor: Visitor) -> None:
    await visitor.restyle("/restyle fox 0.9 steps=100")
    lease = await house.worker.start()
    async with visitor.live() as live:
        await live.until("hello")
        told = 0
        for step in range(1, 91):
            house.worker.step(lease.job, step)
            await asyncio.sleep(0.002)  # long enough to be told, were each told at once
        while (await live.until("step"))["step"] < 90:
            told += 1
        assert told < 30


async def test_previews_are_made_only_while_somebody_looks(house: House, visitor: Visitor) -> None:
    await visitor.restyle()
    lease = await house.worker.start()
    job, watched = lease.job.id, house.worker.watched
    async with visitor.live() as live:
        await live.until("hello")
        await eventually(lambda: watched.get(job) is True)
        await live.socket.send_json({"visible": False})
        await eventually(lambda: watched.get(job) is False)
        await live.socket.send_json({"visible": True})
        await eventually(lambda: watched.get(job) is True)
    await eventually(lambda: watched.get(job) is False)


async def test_who_switched_previews_off_gets_none_made(house: House, visitor: Visitor) -> None:
    await visitor.say("/settings previews=off")
    await visitor.restyle()
    lease = await house.worker.start()
    async with visitor.live() as live:
        await live.until("hello")
        await live.socket.send_json({"visible": True})
        house.worker.step(lease.job, 1)
        await live.until("step")
        assert house.worker.watched.get(lease.job.id) is not True


async def test_a_deleted_card_goes_from_every_page(house: House, visitor: Visitor) -> None:
    card = await visitor.restyle()
    await house.worker.work_all()
    async with visitor.live() as live:
        await live.until("hello")
        await visitor.press(await visitor.card(card), "delete")
        assert (await live.until("gone"))["card"] == card["id"]


async def test_a_waiting_cards_position_moves_with_the_queue(house: House, visitor: Visitor) -> None:
    async with house.visitor() as other:
        await other.restyle()
    await visitor.restyle()
    card = await visitor.restyle()
    async with visitor.live() as live:
        hello = await live.until("hello")
        before = next(one["headline"] for one in hello["cards"] if one["id"] == card["id"])
        await house.worker.finish(await house.worker.start())
        after = await live.until("card", id=card["id"], status="queued")
        assert after["card"]["headline"] != before


async def test_at_a_stop_pages_are_told_to_come_back(house: House) -> None:
    async with house.another_page() as address:
        visitors = house.visitor(address)
        visitor = await visitors.__aenter__()
        socket = await visitor.session.ws_connect("/api/live", headers={"Origin": visitor.origin})
        await socket.receive_json(timeout=5)
    message = await socket.receive(timeout=5)
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
    await visitors.__aexit__(None, None, None)
    await eventually(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("web-tab")])


async def eventually(condition: object, seconds: float = 5.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 # what is waited for has no event to wait on
            await asyncio.sleep(0.01)
