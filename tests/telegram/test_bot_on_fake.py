"""The real client library, from a picture to an inline message."""

from __future__ import annotations

from tests.telegram.fake import FakeTelegram
from tests.telegram.pictures import opened, picture
from tests.telegram.small_bot import running


async def test_a_bot_lives_on_the_fake_from_a_picture_to_an_inline_message(fake: FakeTelegram) -> None:
    fake.rates.off()
    async with running(fake) as bot:
        ana = fake.person("ana")
        asked = ana.sends_photo(picture((640, 480)), "/restyle oil painting")
        await fake.until(lambda: ana.answers and ana.answers[0].is_photo)
        card = ana.answers[0]
        assert card.reply_to is asked
        assert card.entities == [{"type": "bold", "offset": 0, "length": len(card.text)}]
        assert opened(card.content).size == (640, 480)
        pressed = await ana.press(card, "Again")
        assert pressed.text == "pressed v1:again:7"
        query = await ana.asks_inline("fox")
        garden = fake.group(has_bot=False)
        fake.join(garden, ana.user)
        sent = ana.at(garden).chooses(query)
        assert sent.content == card.content
        assert (await ana.at(garden).press(sent, "Again")).text == "pressed v1:again:7"
        assert bot.updates
    assert fake.asking.unanswered == []
