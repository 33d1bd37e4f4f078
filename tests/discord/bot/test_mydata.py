"""What is held about a person, on Discord: a file for their eyes only, and one question before all is gone."""

from __future__ import annotations

import zipfile
from io import BytesIO

from bot.app import App
from tests.discord.bot.running import FAST, card_of, ended, png, told
from tests.discord.fake import FakeDiscord


async def test_a_person_takes_along_what_is_theirs_and_erases_it(fake: FakeDiscord, app: App) -> None:
    fake.rates.hurry(20)
    channel = fake.text_channel()
    ana, eve = fake.person("ana-mydata", channel), fake.person("eve-mydata", channel)
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST, seed=7))
    handed = await ana.slash("mydata", action="export")
    await told(fake, handed, "packed")
    assert handed.is_ephemeral
    [file] = card_of(fake, handed).attachments
    assert "jobs.json" in zipfile.ZipFile(BytesIO(file.content)).namelist()
    question = await ana.slash("mydata", action="erase")
    await told(fake, question, "cannot be undone")
    assert question.is_ephemeral
    await told(fake, await ana.press(card, "Info"), "seed")
    await told(fake, await ana.press(question, "Erase everything"), "All of it is gone")
    await told(fake, await ana.press(card, "Info"), "does not exist any more")
    await told(fake, await eve.slash("mydata"), "/mydata erase")
