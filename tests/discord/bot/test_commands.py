"""Every command, as a person uses it."""

from __future__ import annotations

from bot.app import App
from tests.discord.bot.running import FAST, ended, labels, png
from tests.discord.fake import FakeDiscord


async def test_a_picture_becomes_a_card_with_its_result_and_one_ping(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await ana.slash("restyle", picture=png(), prompt=FAST, strength=0.5)
    assert answer.was_deferred
    card = await ended(fake, answer)
    await fake.until(lambda: ana.pings)
    assert list(card.files) == ["restyle.png"]
    assert card.attachments[0].description == "0.001 fox, restyled at strength 0.5"
    assert "0.001 fox · 0.5 · seed" in card.text
    assert labels(card) == ["Subtle", "Strong", "Re-roll", "Edit", "Info", "Original", "Full file", "Delete"]
    [ping] = ana.pings
    assert ping.reply_to is card
    assert [message for message in fake.said()] == [card, ping]
