"""What people attach: taken from Discord's file hosts only, and never more than allowed."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from bot.app import App
from bot.discord_bot.attached import Attached
from bot.discord_bot.fetch import Fetcher
from core.errors import InputError
from tests.core.imaging.pictures import quadrants
from tests.core.imaging.videos import video
from tests.discord.bot.running import FAST, SLOW, ended, png, restyle, told
from tests.discord.fake import FakeDiscord, File, Message
from tests.discord.fake.reading import pictures, walk

LIMIT = 1_000_000


async def test_a_message_with_a_picture_is_restyled_from_its_menu(fake: FakeDiscord, app: App) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    message = ben.sends("look at @everyone", files=[png()])
    opened = await ana.message_menu("Restyle this", message)
    assert list(opened.fields) == ["words", "strength", "options", "mask"]
    card = await ended(fake, await ana.submit_modal(opened, words=FAST, strength="60%"))
    assert "· 0.6 ·" in card.text


async def test_a_video_is_restyled_from_its_menu_by_its_first_frame(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    clip = File(filename="clip.mp4", content=video([quadrants(96, 64)]))
    opened = await ana.message_menu("Restyle this", ana.sends(files=[clip]))
    card = await ended(fake, await ana.submit_modal(opened, words=FAST))
    assert "from 96x64" in card.text


async def test_of_several_pictures_one_is_chosen(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    message = ana.sends(files=[png((96, 64)), File(filename="note.txt", content=b"hello"), png((64, 96))])
    opened = await ana.message_menu("Restyle this", message)
    second = str(message.attachments[2].id)
    card = await ended(fake, await ana.submit_modal(opened, which=[second], words=FAST))
    assert "from 64x96" in card.text


async def test_pictures_of_galleries_and_embeds_count_too(fake: FakeDiscord, app: App) -> None:
    """Discord lists files that a card or an embed shows there alone."""
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    card = await ended(fake, await ana.slash("restyle", picture=png((64, 96)), prompt=FAST, size="64x96"))
    opened = await ben.message_menu("Restyle this", card)
    again = await ended(fake, await ben.submit_modal(opened, words=FAST))
    assert "from 64x96" in again.text
    file = ben.sends(files=[png((96, 64))]).attachments[0]
    link = fake.files.link(file)
    elsewhere = {"image": {"url": "https://example.org/a.png"}}
    embedded = ben.sends(embeds=[elsewhere, {"image": {"url": link}}])
    card = await ended(fake, await ana.submit_modal(await ana.message_menu("Restyle this", embedded), words=FAST))
    assert "from 96x64" in card.text
    answer = await ana.message_menu("Restyle this", ben.sends(embeds=[elsewhere]))
    assert "no picture" in answer.text


async def test_a_message_without_a_picture_says_so(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await ana.message_menu("Restyle this", ana.sends("only words"))
    assert "no picture" in answer.text
    assert answer.is_ephemeral


async def test_what_comes_of_a_spoiler_is_one_and_stays_one_through_its_buttons(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    hidden = File(filename="SPOILER_end.png", content=png())
    card = await ended(fake, await ana.slash("restyle", picture=hidden, prompt=FAST))
    assert spoilers(card) == [True]
    await fake.until(lambda: ana.pings)
    assert spoilers(await ended(fake, await ana.press(card, "Re-roll"))) == [True]
    assert (await ana.press(card, "Edit")).fields["options"] == "spoiler=on"
    full = await ana.press(card, "Full file")
    await fake.until(lambda: full.message is not None and full.message.files)
    assert full.message is not None
    assert [each.spoiler for each in full.message.attachments] == [True]
    shown = await ended(fake, await ana.slash("restyle", picture=hidden, prompt=FAST, spoiler=False))
    asked = await ended(fake, await ana.slash("sweep", picture=png(), prompt=FAST, spoiler=True))
    assert (spoilers(shown), spoilers(asked)) == ([False], [True])


def spoilers(card: Message) -> list[bool]:
    """Of each picture that the card shows: whether it is hidden."""
    return [bool(item.get("spoiler")) for each in walk(card.components) for item in pictures(each)]


async def test_a_declared_size_over_the_limit_is_refused_before_any_download(fake: FakeDiscord, tmp_path: Path) -> None:
    async with restyle(fake, tmp_path, max_file_megabytes=1):
        ana = fake.person("ana", fake.text_channel())
        big = File(filename="big.png", content=png(), declared_size=30_000_000)
        answer = await ana.slash("restyle", picture=big, prompt=FAST)
        await told(fake, answer, "30.0 MB; 1 MB is the most")
        assert fake.downloads.count == 0


async def test_a_size_that_lies_is_found_while_it_comes(fake: FakeDiscord, tmp_path: Path) -> None:
    async with restyle(fake, tmp_path, max_file_megabytes=1):
        ana = fake.person("ana", fake.text_channel())
        liar = File(filename="big.png", content=bytes(30_000_000), declared_size=1000)
        answer = await ana.slash("restyle", picture=liar, prompt=FAST)
        await told(fake, answer, "1 MB is the most")
        assert "That file is 1." in answer.text  # so much was read, not thirty


async def test_a_redirect_is_not_followed(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    message = ana.sends(files=[png()])
    fake.downloads.redirects[message.attachments[0].id] = "https://cdn.discordapp.com/elsewhere"
    opened = await ana.message_menu("Restyle this", message)
    await told(fake, await ana.submit_modal(opened, words=FAST), "send it again")
    assert fake.downloads.count == 1


async def test_a_link_that_died_while_the_form_was_open_is_one_sentence(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    message = ana.sends(files=[png()])
    opened = await ana.message_menu("Restyle this", message)
    ana.deletes(message)
    await told(fake, await ana.submit_modal(opened, words=FAST), "send it again")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/attachments/1/2/a.png",
        "http://cdn.discordapp.com/attachments/1/2/a.png",
        "https://cdn.discordapp.com:8443/attachments/1/2/a.png",
        "https://cdn.discordapp.com@example.org/a.png",
        "https://user@cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com.example.org/a.png",
        "file:///etc/passwd",
    ],
)
async def test_only_links_to_discords_file_hosts_are_followed(url: str) -> None:
    attachment = Attached(id="1", size=10, url=url, filename="a.png")
    async with aiohttp.TCPConnector() as connector:
        fetcher = Fetcher(connector, LIMIT)
        with pytest.raises(InputError):
            await fetcher.fetch(attachment)
        await fetcher.close()


async def test_a_result_too_large_for_the_place_goes_down_the_ladder_and_says_so(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel(fake.guild(attachment_limit=20_000)))
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=f"{FAST} noise", size="256x256"))
    assert "smaller files only: " in card.text
    assert all(len(data) <= 20_000 for data in card.files.values())


async def test_mentions_and_markdown_in_words_are_nothing_but_text(fake: FakeDiscord, app: App) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana **bold** @everyone", channel), fake.person("ben", channel)
    words = f"{FAST} @everyone {ben.mention} **loud** [here](https://example.org) `code`"
    slow = await ana.slash("restyle", picture=png(), prompt=f"{SLOW} @everyone {ben.mention} ||x||")
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=words))
    await fake.until(lambda: len(ana.pings) == 2)
    assert ben.pings == []
    assert not any(message.mentions_everyone for message in fake.said())
    assert r"\*\*loud\*\*" in card.text
    assert slow.message is not None
    assert r"\|\|x\|\|" in slow.message.text


async def test_a_bomb_is_refused_and_the_next_picture_is_taken(fake: FakeDiscord, tmp_path: Path) -> None:
    bomb = png((2000, 2000))
    async with restyle(fake, tmp_path, max_megapixels=1):
        ana = fake.person("ana", fake.text_channel())
        await told(fake, await ana.slash("restyle", picture=bomb, prompt=FAST), "megapixels is the most")
        await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST))
