from __future__ import annotations

import aiohttp
import pytest
from pydantic import SecretStr

from bot.web.server import build_web, serve
from core.domain.clock import SystemClock
from core.errors import StartError
from tests.bot.web.house import SECRET, House, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_somebody_else_cannot_see_use_or_change_what_is_mine(house: House, visitor: Visitor) -> None:
    picture = await visitor.upload()
    card = await visitor.restyle()
    await house.worker.work_all()
    done = await visitor.card(card)
    async with house.visitor() as stranger:
        paths = [f"/api/cards/{card['id']}", done["original"], done["thumb"], done["results"][0]["src"]]
        assert [(await stranger.get(path))[0] for path in [*paths, done["results"][0]["full"]]] == [403] * 5
        assert (await stranger.say("/restyle fox", picture=picture))[0] == 404
        assert [(await stranger.press(done, action))[0] for action in ("delete", "info", "edit", "reroll")] == [403] * 4
    assert (await visitor.get(done["results"][0]["src"]))[0] == 200


async def test_a_made_up_cookie_is_nobody(house: House, visitor: Visitor) -> None:
    await visitor.restyle()
    name = next(cookie.key for cookie in visitor.session.cookie_jar)
    forged = {name: "IndlYjphIg.forged"}
    async with (
        aiohttp.ClientSession(house.address, cookies=forged) as session,
        session.get("/api/history") as response,
    ):
        assert (await response.json())["cards"] == []
        assert name in response.cookies


async def test_the_cookie_is_for_http_alone_and_stays_here(house: House) -> None:
    async with aiohttp.ClientSession(house.address) as session, session.get("/") as response:
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


async def test_identity_survives_a_restart_of_the_page(house: House, visitor: Visitor) -> None:
    picture = await visitor.upload()
    card = await visitor.restyle()
    cookies = {cookie.key: cookie.value for cookie in visitor.session.cookie_jar}
    async with house.another_page() as address, aiohttp.ClientSession(address, cookies=cookies) as session:
        back = Visitor(session=session, origin=address.rstrip("/"))
        assert (await back.card(card))["id"] == card["id"]
        assert (await back.say("/restyle an owl", picture=picture))[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
async def test_another_sites_requests_are_refused(visitor: Visitor, origin: str) -> None:
    status, answer = await visitor.post("/api/commands", {"line": "/help"}, headers={"Origin": origin})
    assert (status, answer["error"]["key"]) == (403, "forbidden.origin")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await visitor.session.ws_connect("/api/live", headers={"Origin": origin})


async def test_a_foreign_host_name_that_points_here_is_refused(visitor: Visitor) -> None:
    async with visitor.session.get("/", headers={"Host": "evil.example"}) as response:
        assert response.status == 403


async def test_a_proxys_origin_is_taken_where_it_is_set_and_the_cookie_is_secure(house: House) -> None:
    proxied = {"Host": "restyle.example", "Origin": "https://restyle.example"}
    async with (
        house.another_page(web_origin="https://restyle.example") as address,
        aiohttp.ClientSession(address) as session,
    ):
        async with session.post("/api/commands", json={"line": "/help"}, headers=proxied) as response:
            assert response.status == 200
            assert "Secure" in response.headers["Set-Cookie"]
        async with session.get("/operator", headers=proxied) as response:
            assert response.status == 403


async def test_with_a_token_every_door_is_closed_until_it_is_shown(house: House) -> None:
    async with house.another_page(web_token=SecretStr("hunter2")) as address, house.visitor(address) as visitor:
        for path in ("/", "/api/history", "/static/main.js", "/operator", "/metrics", "/?token=hunter3"):
            assert (await visitor.get(path))[0] == 403, path
        assert (await visitor.get("/healthz"))[0] == 200
        async with visitor.session.get("/?token=hunter2&x=1", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (303, "/?x=1")
        assert (await visitor.get("/"))[0] == 200
        assert (await visitor.restyle())["status"] == "queued"
        bearer = {"Authorization": "Bearer hunter2"}
        async with aiohttp.ClientSession(address, headers=bearer) as scraper, scraper.get("/metrics") as response:
            assert response.status == 200


async def test_a_new_token_shuts_out_the_old_ones_cookies(house: House) -> None:
    async with house.another_page(web_token=SecretStr("old")) as address, house.visitor(address) as visitor:
        await visitor.get("/?token=old")
        cookies = {cookie.key: cookie.value for cookie in visitor.session.cookie_jar}
    async with (
        house.another_page(web_token=SecretStr("new")) as address,
        aiohttp.ClientSession(address, cookies=cookies) as session,
        session.get("/") as response,
    ):
        assert response.status == 403


async def test_every_answer_carries_the_security_headers(visitor: Visitor) -> None:
    for path in ("/", "/api/history", "/static/main.js", "/nothing"):
        async with visitor.session.get(path) as response:
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_taken_port_and_a_foreign_address_are_sentences(house: House) -> None:
    taken = int(house.address.rsplit(":", 1)[1].strip("/"))
    for changes, key in (({"web_port": taken}, "start.port"), ({"web_host": "203.0.113.7"}, "start.address")):
        settings = house.settings.model_copy(update=changes)
        with pytest.raises(StartError) as caught:
            async with serve(build_web(house.service, settings, SystemClock(), SECRET), settings):
                pass
        assert caught.value.key == key


async def test_health_operator_and_metrics_tell_numbers_and_no_words(house: House, visitor: Visitor) -> None:
    await visitor.restyle("/restyle a very secret fox")
    await house.worker.fail(await house.worker.start())
    assert (await visitor.get("/healthz"))[1] == {"status": "ok", "engines": ["ready"]}
    pages = [(await visitor.get(path))[1].decode() for path in ("/operator", "/metrics")]
    assert not any("secret" in page for page in pages)
    assert "out of memory" in pages[0]
    assert 'restyle_jobs_ended_total{status="failed"}' in pages[1]
    assert 'restyle_engine_state{engine="0",state="ready"} 1.0' in pages[1]
    assert 'restyle_engine_figure{engine="0",name="rows"} 3.0' in pages[1]
