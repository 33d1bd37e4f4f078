"""Being called by Telegram instead of asking it: only who knows the secret is heard, and everything once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from bot.app import App, Stand, open_app
from bot.telegram_bot import adapter, inbox
from core.errors import StartError
from tests.telegram.bot.receiving import PACE, QUICK, Heard, answered_by, settings_for
from tests.telegram.fake import FakeTelegram

PUBLIC = "https://restyle.example"
SECRET = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """In the front's place."""
    heard = Heard()
    monkeypatch.setattr(adapter, "open_telegram", partial(adapter.open_telegram, compose=answered_by(heard.handle)))
    return heard


@asynccontextmanager
async def called(fake: FakeTelegram, folder: Path, **changes: object) -> AsyncIterator[App]:
    """The program with its page; the fake finds it under its public name."""
    told = {"web": True, "web_port": 0, "telegram_webhook": PUBLIC}
    settings = settings_for(fake, folder, **(told | changes))
    async with open_app(settings, Stand(clock=fake.clock, engine=QUICK, pace=PACE)) as app:
        assert app.web_address is not None
        fake.updates.webhook.routes[PUBLIC] = app.web_address.rstrip("/")
        yield app


async def knock(app: App, body: bytes | object, **headers: str) -> tuple[int, str, bool]:
    """As through a proxy, under the public name: status, body, and whether a cookie came."""
    headers |= {"Host": PUBLIC.removeprefix("https://")}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{app.web_address}telegram", data=data, headers=headers) as answer,
    ):
        return answer.status, await answer.text(), "Set-Cookie" in answer.headers


def message(fake: FakeTelegram, number: int, text: str) -> dict[str, object]:
    user = {"id": 7, "is_bot": False, "first_name": "ana"}
    chat = {"id": 7, "type": "private", "first_name": "ana"}
    told = {"message_id": number, "date": int(fake.clock.now()), "chat": chat, "from": user, "text": text}
    return {"update_id": number, "message": told}


async def test_telegram_calls_and_each_update_is_handled_once(fake: FakeTelegram, tmp_path: Path, heard: Heard) -> None:
    ana = fake.person("ana")
    for word in ("one", "two"):  # the second program is told what came while none ran, too
        async with called(fake, tmp_path, web_token="a-token-of-the-page") as app:
            assert app.telegram is not None
            assert app.telegram.status == "logged in as @restyle_bot"
            ana.sends(word)
            fake.repeat(fake.updates.told[-1])
            await fake.until_read()
            await fake.until(partial(heard.ended.count, word))
    assert heard.ended == ["one", "two"]
    assert {each.status for each in fake.updates.webhook.deliveries} == {200}
    assert fake.updates.webhook.url == f"{PUBLIC}/telegram"
    assert fake.record.by_method()["getUpdates"] == 0


async def test_who_does_not_know_the_secret_is_told_nothing(fake: FakeTelegram, tmp_path: Path, heard: Heard) -> None:
    async with called(fake, tmp_path) as app:
        forged = message(fake, 5, "forged")
        assert await knock(app, forged) == (403, "", False)
        assert await knock(app, forged, **{SECRET: "guess"}) == (403, "", False)
        assert await knock(app, forged, **{SECRET: "gu\u00e9ss"}) == (403, "", False)
        assert await knock(app, forged, **{SECRET: ""}) == (403, "", False)
        assert await knock(app, b"{" * 2_000_000, **{SECRET: "guess"}) == (403, "", False)
        secret = fake.updates.webhook.secret
        assert secret
        assert (await knock(app, message(fake, 6, "real"), **{SECRET: secret}))[0] == 200
        await fake.until(lambda: heard.ended)
    assert heard.begun == ["real"]


async def test_what_is_no_update_is_refused(fake: FakeTelegram, tmp_path: Path, heard: Heard) -> None:
    async with called(fake, tmp_path) as app:
        known = {SECRET: fake.updates.webhook.secret or ""}
        bad: list[bytes | object] = [b"", b"no json", [], {}, {"update_id": "5"}, {"update_id": True}, b"[" * 100_000]
        for body in bad:
            assert (await knock(app, body, **known))[0] == 400, body
        assert (await knock(app, {"update_id": 5, "message": {"text": 1_100_000 * "x"}}, **known))[0] == 413
        assert (await knock(app, {"update_id": 6, "something_new": {}}, **known))[0] == 200
        assert (await knock(app, {"update_id": 7, "message": 7}, **known))[0] == 200
        assert (await knock(app, message(fake, 8, "still here"), **known))[0] == 200
        await fake.until(lambda: "still here" in heard.ended)


async def test_until_the_bot_is_ready_and_while_too_many_wait_telegram_keeps_its_updates(
    fake: FakeTelegram, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with called(fake, tmp_path):
        secret = fake.updates.webhook.secret or ""
    monkeypatch.setattr(inbox, "_MOST_WAITING", 2)
    fake.fail("getMe", 1000, status=502)
    async with called(fake, tmp_path) as app:
        assert (await knock(app, message(fake, 5, "early"), **{SECRET: secret}))[0] == 503
        fake.record.failures.clear()
        await fake.until(lambda: app.telegram and "logged in" in app.telegram.status)
        statuses = [(await knock(app, message(fake, n, "wait"), **{SECRET: secret}))[0] for n in (6, 7, 8)]
        assert statuses == [200, 200, 503]
        heard.go.set()
        await fake.until(lambda: len(heard.ended) == 2)
        assert (await knock(app, message(fake, 8, "wait"), **{SECRET: secret}))[0] == 200


async def test_a_webhook_that_telegram_refuses_is_one_sentence(
    fake: FakeTelegram, tmp_path: Path, heard: Heard
) -> None:
    async with called(fake, tmp_path, telegram_webhook=f"{PUBLIC}:8080") as app:
        assert app.telegram is not None
        assert "Telegram refuses RESTYLE_TELEGRAM_WEBHOOK" in app.telegram.status


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"telegram_webhook": "http://restyle.example"}, "https:// only"),
        ({"web": False}, "RESTYLE_WEB=true"),
    ],
)
async def test_what_cannot_work_stops_the_start(
    fake: FakeTelegram, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(StartError, match=words):
        async with called(fake, tmp_path, **changes):
            pass


async def test_who_goes_back_to_asking_is_not_called_any_more(fake: FakeTelegram, tmp_path: Path, heard: Heard) -> None:
    ana = fake.person("ana")
    async with called(fake, tmp_path):
        ana.sends("by call")
        await fake.until(lambda: heard.ended)
    async with called(fake, tmp_path, telegram_webhook=None) as app:
        await fake.until(lambda: fake.updates.polls)
        ana.sends("by asking")
        await fake.until(lambda: len(heard.ended) == 2)
        assert (await knock(app, message(fake, 5, "x"), **{SECRET: "y"}))[0] == 404
    assert fake.updates.webhook.url == ""


async def test_a_webhook_that_somebody_took_away_is_set_again(
    fake: FakeTelegram, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram_bot.webhook._LOOK", 0.05)
    async with called(fake, tmp_path):
        fake.updates.webhook.url = "https://elsewhere.example/"
        await fake.until(lambda: fake.updates.webhook.url == f"{PUBLIC}/telegram")
