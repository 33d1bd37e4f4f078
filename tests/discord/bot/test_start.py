"""Starting, going on without Discord, and going down."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.app import Stand, open_app
from bot.discord_bot.invite import invite_link
from bot.run import greeting
from tests.discord.bot.running import FAST, QUICK, ended, png, restyle, settings_for
from tests.discord.fake import FakeDiscord
from tests.discord.fake.gateway import GUILD_MESSAGES, GUILDS, PRIVILEGED
from tests.program.person import Person
from tests.program.running import Program


async def test_a_wrong_token_is_one_sentence_and_the_page_goes_on(fake: FakeDiscord, tmp_path: Path) -> None:
    settings = settings_for(fake, tmp_path, discord_token="wrong", web=True, web_port=0)
    async with open_app(settings, Stand(engine=QUICK)) as app:
        assert "discord   Discord refuses RESTYLE_DISCORD_TOKEN" in greeting(app, settings)
        assert app.web_address is not None
        async with Person(app.web_address.rstrip("/")) as person:
            assert (await person.get("/healthz"))["status"] == "ok"
    assert not fake.gateway.is_connected


async def test_commands_are_told_again_only_after_they_changed(fake: FakeDiscord, tmp_path: Path) -> None:
    for _ in range(2):
        async with restyle(fake, tmp_path) as app:
            assert app.discord is not None
            assert app.discord.status == "logged in as Restyle#0000"
    assert fake.commands.overwrites == 1
    (tmp_path / "data" / "discord-commands.sha256").write_text("of another version")
    async with restyle(fake, tmp_path):
        assert fake.commands.overwrites == 2


def test_the_invite_link_asks_for_the_least() -> None:
    link = invite_link("MTIzNDU2Nzg5MDEyMzQ1Njc4.abc.def")
    assert link is not None
    assert "client_id=123456789012345678" in link
    assert "permissions=309237746688" in link
    assert invite_link("hush-hush") is None


async def test_no_privileged_intent_is_asked_for(fake: FakeDiscord, tmp_path: Path) -> None:
    for how in ("commands", "mentions"):
        async with restyle(fake, tmp_path, discord_ideas=how):
            (intents,) = {session.intents for session in fake.gateway.sessions.values()}
            assert intents == GUILDS | (GUILD_MESSAGES if how == "mentions" else 0)
            assert not intents & sum(PRIVILEGED.values())
        await fake.gateway.forget()


async def test_an_intent_that_discord_does_not_grant_is_named_and_the_rest_goes_on(
    fake: FakeDiscord, tmp_path: Path
) -> None:
    async with open_app(settings_for(fake, tmp_path, discord_ideas="messages"), Stand(engine=QUICK)) as app:
        assert app.discord is not None
        await fake.until(lambda: app.discord is not None and "Message Content Intent" in app.discord.status)


async def test_it_runs_sharded(fake: FakeDiscord, tmp_path: Path) -> None:
    async with restyle(fake, tmp_path, discord_sharded=True):
        ana = fake.person("ana", fake.text_channel())
        await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST))


async def test_it_goes_down_without_leaving_a_task_behind(fake: FakeDiscord, tmp_path: Path) -> None:
    async with restyle(fake, tmp_path):
        ana = fake.person("ana", fake.text_channel())
        await ana.slash("restyle", picture=png(), prompt=FAST)
    await fake.until(lambda: not fake.gateway.is_connected)
    left = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(("discord", "dpy"))]
    assert left == []


async def test_the_whole_program_in_its_own_process_serves_discord(fake: FakeDiscord, tmp_path: Path) -> None:
    told = {name.removeprefix("RESTYLE_").lower(): value for name, value in fake.environment.items()}
    program = Program(tmp_path / "data", settings=told)
    await asyncio.to_thread(program.start)
    try:
        assert "discord   logged in as Restyle" in program.greeting
        await fake.until_connected()
        ana = fake.person("ana", fake.text_channel())
        answer = await ana.slash("restyle", picture=png((128, 128)), prompt="watercolour", steps=2)
        await fake.until(lambda: "watercolour" in answer.text and answer.message and answer.message.files, seconds=120)
        assert answer.seconds is not None
        assert answer.seconds < 1
    finally:
        status = await asyncio.to_thread(program.stop)
    assert status == 0
    assert not fake.gateway.is_connected
