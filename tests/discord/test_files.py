"""The file host: signed links that expire, sizes that may lie, redirects and broken downloads."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from tests.discord.asking import ask
from tests.discord.fake import FakeDiscord, File
from tests.discord.small_bot import SmallBot


async def seen(fake: FakeDiscord, bot: SmallBot, file: File) -> discord.Attachment:
    """The attachment of a message that somebody sends, as the app fetches it."""
    message = fake.person("ana", fake.text_channel()).sends(files=[file])
    sent = await bot.get_partial_messageable(message.channel.id).fetch_message(message.id)
    return sent.attachments[0]


async def test_both_hosts_serve_a_file(fake: FakeDiscord, bot: SmallBot) -> None:
    attachment = await seen(fake, bot, File(filename="fox.png", content=b"abc"))
    assert await attachment.read() == b"abc"
    assert await attachment.read(use_cached=True) == b"abc"
    assert (attachment.content_type, attachment.size) == ("image/png", 3)


async def test_a_link_expires_after_a_day_and_a_fresh_one_works(fake: FakeDiscord, bot: SmallBot) -> None:
    attachment = await seen(fake, bot, File(filename="fox.png", content=b"abc"))
    fake.advance(24 * 3600 + 1)
    with pytest.raises(discord.NotFound):
        await attachment.read()
    channel = next(iter(fake.world.channels.values()))
    fresh = await ask(bot, "GET", f"/channels/{channel.id}/messages/{max(channel.messages)}")
    assert await bot.http.get_from_cdn(fresh["attachments"][0]["url"]) == b"abc"


async def test_a_forged_link_is_refused(fake: FakeDiscord, bot: SmallBot) -> None:
    attachment = await seen(fake, bot, File(filename="fox.png", content=b"abc"))
    for forged in (attachment.url.partition("?")[0], attachment.url.replace("ex=", "ex=f"), attachment.url[:-3]):
        with pytest.raises(discord.NotFound):
            await bot.http.get_from_cdn(forged)


async def test_a_deleted_message_takes_its_files_along(fake: FakeDiscord, bot: SmallBot) -> None:
    attachment = await seen(fake, bot, File(filename="fox.png", content=b"abc"))
    channel = next(iter(fake.world.channels.values()))
    fake.delete_message(next(iter(channel.messages.values())))
    with pytest.raises(discord.NotFound):
        await attachment.read()


async def test_a_declared_size_and_kind_may_lie(fake: FakeDiscord, bot: SmallBot) -> None:
    file = File(filename="fox.png", content=b"x" * 1000, declared_size=10, content_type="text/plain")
    attachment = await seen(fake, bot, file)
    assert (attachment.size, attachment.content_type) == (10, "text/plain")
    assert len(await attachment.read()) == 1000


async def test_downloads_may_break_redirect_and_fail(fake: FakeDiscord, bot: SmallBot) -> None:
    attachment = await seen(fake, bot, File(filename="fox.png", content=b"x" * 500_000))
    fake.downloads.cuts[attachment.id] = 100_000
    with pytest.raises(aiohttp.ClientPayloadError):
        await attachment.read()
    fake.downloads.redirects[attachment.id] = "https://example.org/evil.png"
    with pytest.raises(aiohttp.ClientConnectorError):
        await attachment.read()
    fake.downloads.statuses[attachment.id] = 500
    with pytest.raises(discord.HTTPException):
        await attachment.read()


async def test_other_hosts_are_not_found(fake: FakeDiscord, bot: SmallBot) -> None:
    async with aiohttp.ClientSession(connector=fake.connector()) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("https://example.org/fox.png")
