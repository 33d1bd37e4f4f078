"""Starting, going on without Telegram, and going down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.app import App, Stand, open_app
from bot.run import greeting
from bot.telegram_bot import adapter
from tests.program.person import Person
from tests.telegram.bot.receiving import PACE, QUICK, Heard, answered_by, settings_for
from tests.telegram.fake import FakeTelegram


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """In the front's place."""
    heard = Heard()
    monkeypatch.setattr(adapter, "open_telegram", partial(adapter.open_telegram, compose=answered_by(heard.handle)))
    return heard


@asynccontextmanager
async def restyle(fake: FakeTelegram, folder: Path, **changes: object) -> AsyncIterator[App]:
    settings = settings_for(fake, folder, **changes)
    async with open_app(settings, Stand(clock=fake.clock, engine=QUICK, pace=PACE)) as app:
        yield app


@pytest.mark.parametrize("token", ["wrong", "123456789:AAanother-token_of_nobody-0123456789ab", "12:a b\nc" + 30 * "d"])
async def test_a_wrong_token_is_one_sentence_and_the_page_goes_on(
    fake: FakeTelegram, tmp_path: Path, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(fake, tmp_path, telegram_token=token, web=True, web_port=0)
    async with open_app(settings, Stand(engine=QUICK)) as app:
        assert "telegram  Telegram refuses RESTYLE_TELEGRAM_TOKEN" in greeting(app, settings)
        assert app.web_address is not None
        async with Person(app.web_address.rstrip("/")) as person:
            assert (await person.get("/healthz"))["status"] == "ok"
    assert token not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_telegram_that_cannot_be_reached_is_waited_for(
    fake: FakeTelegram, tmp_path: Path, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    await fake.api.stop()
    async with restyle(fake, tmp_path) as app:
        assert app.telegram is not None
        assert "it is tried again" in app.telegram.status
        await fake.api.start()
        await fake.until_connected()
        assert app.telegram.status == "logged in as @restyle_bot"
        fake.person("ana").sends("hello")
        await fake.until(lambda: heard.ended)
    assert fake.token not in caplog.text


async def test_a_login_that_is_answered_by_no_telegram_is_tried_again(
    fake: FakeTelegram, tmp_path: Path, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("getMe", 2, status=502)
    fake.fail("deleteWebhook", 1, status=429, retry_after=0)
    async with restyle(fake, tmp_path) as app:
        await fake.until_connected()
        assert app.telegram is not None
        assert app.telegram.status == "logged in as @restyle_bot"
    assert "Traceback" not in caplog.text


async def test_a_token_that_is_taken_back_later_is_one_sentence(
    fake: FakeTelegram, tmp_path: Path, heard: Heard
) -> None:
    async with restyle(fake, tmp_path) as app:
        await fake.until_connected()
        fake.api.token = "123456789:AAanother-token_of_nobody-0123456789ab"
        fake.person("ana").sends("hello")
        await fake.until(lambda: app.telegram and "refuses RESTYLE_TELEGRAM_TOKEN" in app.telegram.status)


async def test_it_goes_down_without_leaving_a_task_behind(fake: FakeTelegram, tmp_path: Path, heard: Heard) -> None:
    async with restyle(fake, tmp_path):
        await fake.until_connected()
        fake.person("ana").sends("hello")
        await fake.until(lambda: heard.ended)
    await fake.until(lambda: not fake.updates.polls)
    left = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("telegram")]
    assert left == []


async def test_proxies_of_the_shell_are_not_asked(
    fake: FakeTelegram, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with restyle(fake, tmp_path) as app:
        assert app.telegram is not None
        assert app.telegram.status == "logged in as @restyle_bot"
