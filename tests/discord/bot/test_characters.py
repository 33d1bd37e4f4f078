"""Characters on Discord: a result becomes one by its button, and varies on one sheet."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from bot.app import App
from tests.discord.bot.running import FAST, card_of, ended, labels, png, told
from tests.discord.fake import FakeDiscord


async def test_a_result_becomes_a_character_that_varies_and_whose_name_is_offered(fake: FakeDiscord, app: App) -> None:
    fake.rates.hurry(20)
    ana = fake.person("ana-characters", fake.text_channel())
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST, seed=7))
    saved = await ana.submit_modal(await ana.press(card, "Save as character"), name="Fox")
    await told(fake, saved, "Fox is one of your characters now")
    assert saved.is_ephemeral
    assert list(card_of(fake, saved).files) == ["character.png"]
    assert {"Vary", "Use as default", "Remove"} <= set(labels(card_of(fake, saved)))
    offered = await ana.autocomplete("vary", "character", "fo")
    assert [choice["value"] for choice in offered.choices] == ["Fox"]
    sheet = await ended(fake, await ana.slash("vary", prompt="red armour | rain coat", character="fox"))
    assert {"Use red armour", "Use rain coat", "Vary"} <= set(labels(sheet))


async def test_a_picture_of_a_message_becomes_a_character_from_its_menu(fake: FakeDiscord, app: App) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana-menu", channel), fake.person("ben-menu", channel)
    message = ben.sends("our mascots", files=[png((96, 64)), png((64, 96))])
    opened = await ana.message_menu("Use as character", message)
    assert list(opened.fields) == ["which", "name", "words"]
    second = str(message.attachments[1].id)
    saved = await ana.submit_modal(opened, which=[second], name='Red "Fox"', words='"0.001" scarf')
    await told(fake, saved, "Red 'Fox' is one of your characters now")
    assert saved.is_ephemeral
    assert ben.sees == [message]
    shown = await ana.slash("character", action="show", character="Red 'Fox'")
    await told(fake, shown, "0.001 scarf")
    sheet = await ended(fake, await ana.slash("vary", prompt="red armour", character="Red 'Fox'"))
    assert "from 64x96" in sheet.text
    answer = await ana.message_menu("Use as character", ana.sends("only words"))
    assert "no picture" in answer.text


async def test_a_picture_becomes_a_character_and_mistakes_are_told_to_the_person_alone(
    fake: FakeDiscord, app: App
) -> None:
    fake.rates.hurry(20)
    channel = fake.text_channel()
    ana, eve = fake.person("ana-mistakes", channel), fake.person("eve-mistakes", channel)
    saved = await ana.slash("character", action="save", picture=png(), name="Red Fox", prompt="a fox")
    await fake.until(lambda: any("Red Fox is one of" in message.text for message in ana.sees))
    again = await ana.slash("character", action="save", picture=png(), name="RED fox")
    await fake.until(lambda: any("There is a character Red Fox" in message.text for message in ana.sees))
    assert eve.sees == []
    await told(fake, await ana.slash("character", action="list"), "1 of 50")
    question = await ana.slash("character", action="delete", character="red fox")
    await told(fake, question, "Delete Red Fox?")
    await told(fake, await ana.press(question, "Yes, remove it"), "Red Fox is gone")
    assert saved is not again


async def test_a_face_is_painted_by_sending_the_picture_back(fake: FakeDiscord, app: App) -> None:
    fake.rates.hurry(20)
    ana = fake.person("ana-faces", fake.text_channel())
    await ana.slash("character", action="save", picture=png(colour="teal"), name="Fox", prompt="a fox")
    await fake.until(lambda: any("Fox is one of" in message.text for message in ana.sees))
    painted = Image.open(BytesIO(png(colour="teal")))
    painted.paste("red", (30, 10, 60, 40))
    file = BytesIO()
    painted.save(file, "PNG")
    await ana.slash("character", action="face", picture=file.getvalue(), character="fox")
    await fake.until(lambda: any("Fox-face.png" in message.files for message in ana.sees))


async def test_a_character_is_shared_with_a_server_to_follow_or_to_copy(fake: FakeDiscord, app: App) -> None:
    fake.rates.hurry(20)
    channel = fake.text_channel()
    ana, ben, eve = fake.person("ana", channel), fake.person("ben", channel), fake.person("eve", fake.text_channel())
    await ana.slash("character", action="save", picture=png(), name="Fox", prompt="a fox")
    await fake.until(lambda: any("Fox is one of" in message.text for message in ana.sees))
    await told(fake, await ana.slash("character", action="share", character="fox", how="follow", whom="here"), "follow")
    await told(fake, await ben.slash("character", action="list"), "Fox of ana is shared here")
    await told(fake, await ben.slash("character", action="take", shared="fox", name="Her fox"), "Her fox is in your")
    await told(fake, await eve.slash("character", action="take", shared="fox"), "Nothing is shared here")
    await told(fake, await ana.slash("character", action="edit", character="fox", prompt="a red fox"), "is changed")
    await told(fake, await ben.slash("character", action="show", character="her fox"), "a red fox")
    await told(fake, await ben.slash("character", action="edit", character="her fox", strength=0.6), "somebody else")
    await told(fake, await ana.slash("character", action="share", character="fox", whom="nobody"), "nobody any more")
    await told(fake, await ben.slash("character", action="list"), "no characters yet")
