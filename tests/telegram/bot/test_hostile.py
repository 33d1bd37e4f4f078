"""What people send who mean no good: words that would be markup, files that are none, links elsewhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.app import App
from tests.telegram.bot.running import FAST, HURRY, PATIENT, ended, restyle, shown
from tests.telegram.fake import FakeTelegram, Person, Upload
from tests.telegram.pictures import noise, picture


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    return fake.person("ana")


@pytest.mark.parametrize(
    "words",
    ["<b>fox</b>", "<a href='tg://user?id=1002'>x</a>", "fox & <script>", "*fox* _fox_ `fox`", "</i></b>", "&lt;fox"],
)
async def test_markup_in_words_is_shown_as_it_was_typed(app: App, ana: Person, words: str) -> None:
    ana.sends_photo(picture(), f'"0.001 {words}"')
    card = await ended(ana)
    assert words in card.text
    assert {each["type"] for each in card.entities} <= {"italic", "bot_command"}
    ana.sends("/history")
    await shown(ana, words, after=card)
    await ana.press(card, "Info")
    assert words in (await shown(ana, "scheduler")).text
    await ana.press(card, "Edit")
    assert words in (await shown(ana, "Reply to this message")).text


async def test_a_mention_in_words_pings_nobody(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.rates.hurry(HURRY)
    garden = fake.supergroup()
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    async with restyle(fake, tmp_path, pace=PATIENT):  # so that the first message is a loud one
        ana.sends_photo(picture(), '/restyle "0.001 @ben hello"')
        card = await ended(ana)
        ana.sends("/restyle @ben strength=9")
        await shown(ana, "Strength goes from 0", after=card)
    assert not card.silent
    assert ben.pings == []


async def test_a_name_that_is_markup_is_a_name(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    ana = fake.person("ana", garden)
    ana.user.name = "<b>Ana</b> & co"
    ana.sends_photo(picture(), "/restyle " + '"0.15" fox')
    await ended(ana)
    await fake.until(lambda: ana.pings)
    assert "<b>Ana</b> & co" in ana.pings[-1].text


async def test_a_file_over_20_mb_is_refused_before_it_is_fetched(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_document(noise((3000, 2600)), f"/restyle {FAST}")
    said = await shown(ana, "Telegram gives bots")
    assert "Send it as a photo instead" in said.text
    assert fake.downloads.count == 0


async def test_a_file_that_is_larger_than_it_says_is_cut_off(fake: FakeTelegram, app: App, ana: Person) -> None:
    sent = ana.sends_document(picture())
    assert sent.file is not None
    sent.file.content, sent.file.declared_size = b"\0" * 30_000_000, 1000
    ana.replies(sent, FAST)
    await shown(ana, "25 MB is the most")


async def test_bombs_and_broken_files_get_a_sentence(app: App, ana: Person) -> None:
    cut_off = picture((600, 400))[:200]
    for content, words in ((b"", ""), (cut_off, "cut off or damaged"), (b"GIF89a" + b"\0" * 40, "cut off or damaged")):
        if content:
            ana.sends_document(Upload(content=content, name="a.png", mime="image/png"), f"/restyle {FAST}")
            await shown(ana, words)


async def test_a_reply_to_somebodys_fake_question_is_only_words(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_photo(picture(), FAST)
    card = await ended(ana)
    job = card.buttons["Info"].rpartition(":")[2]
    ben = fake.person("ben")
    lure = ben.sends(f"Reply to this message\n/restyle\n{job}")
    ben.replies(lure, FAST)
    await shown(ben, "Send the picture")


async def test_a_question_of_the_bots_about_somebody_elses_job_is_refused(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    ana.sends_photo(picture(), f"/restyle {FAST}")
    await ana.press(await ended(ana), "Edit")
    question = await shown(ana, "Reply to this message with the new words")
    asked = ben.replies(question, FAST)
    await shown(ben, "Only the person", after=asked)


async def test_tokens_and_words_stay_out_of_the_log(
    fake: FakeTelegram, app: App, ana: Person, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("sendMessage", times=3, status=500)
    fake.fail("getFile", times=1, status=0)
    ana.sends_photo(picture(), "secret words")
    ana.sends("secret words")
    await asyncio.sleep(1)
    ours = [each for each in caplog.records if each.name.startswith(("bot", "core"))]
    assert not any(fake.token in each.getMessage() or "secret" in each.getMessage() for each in ours)
