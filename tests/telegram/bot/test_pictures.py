"""Every way to give a picture and the words for it, in private and in groups."""

from __future__ import annotations

import pytest

from bot.app import App
from tests.core.imaging.videos import video
from tests.telegram.bot.running import FAST, SLOW, ended, shown
from tests.telegram.fake import FakeTelegram, Person, Upload
from tests.telegram.pictures import noise, opened, picture


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    return fake.person("ana")


async def test_a_photo_with_a_caption_is_enough(app: App, ana: Person) -> None:
    asked = ana.sends_photo(picture(), f"{FAST} 0,5 seed=7")
    card = await ended(ana)
    assert "0.001 fox · 0.5 · seed 7" in card.text
    assert card.reply_to is asked
    assert card.is_photo


@pytest.mark.parametrize("strength", ["0.6", "strength=0.6", "--strength 0.6", "60%", "0,6"])
async def test_strength_is_said_as_people_like(app: App, ana: Person, strength: str) -> None:
    ana.sends_photo(picture(), f"/restyle {strength} {FAST}")
    assert "· 0.6 ·" in (await ended(ana)).text


async def test_a_document_is_taken_as_it_is_and_its_result_can_be_had_so(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    ana.sends_document(noise((96, 64)), f"/restyle {FAST}")
    card = await ended(ana)
    await ana.press(card, "Full file")
    await fake.until(lambda: any(each.media and each.media.kind == "document" for each in ana.answers))
    file = next(each.file for each in ana.answers if each.media and each.media.kind == "document")
    assert file is not None
    assert file.name == f"restyle-{card.text.partition('seed ')[2].split()[0]}.png"
    assert opened(file.content).format == "PNG"


async def test_a_sticker_is_a_picture(app: App, ana: Person) -> None:
    sticker = ana.sends_sticker(picture(kind="WEBP"))
    ana.replies(sticker, FAST)
    assert "160x104 from 96x64" in (await ended(ana)).text


async def test_of_a_video_its_first_frame_is_taken(app: App, ana: Person) -> None:
    frames = [opened(picture((64, 48), colour)) for colour in ("red", "blue")]
    shows = ana.sends_video(Upload(content=video(frames), name="video.mp4", mime="video/mp4"))
    ana.replies(shows, f"/restyle {FAST}")
    assert "152x112 from 64x48" in (await ended(ana)).text


async def test_of_a_video_too_large_for_bots_telegrams_own_still_is_taken(app: App, ana: Person) -> None:
    shows = ana.sends_video(Upload(content=picture((96, 64)), name="video.mp4", mime="video/mp4"))
    assert shows.file is not None
    shows.file.declared_size = 30_000_000
    ana.replies(shows, f"/restyle {FAST}")
    assert "160x104 from 96x64" in (await ended(ana)).text


@pytest.mark.parametrize("whose", ["own", "somebody's", "the bot's"])
async def test_a_reply_takes_the_picture_that_it_points_at(fake: FakeTelegram, app: App, whose: str) -> None:
    garden = fake.supergroup()
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    if whose == "the bot's":
        ben.sends_photo(picture((64, 64)), f"/restyle {FAST}")
        shows = await ended(ben)
    else:
        shows = (ana if whose == "own" else ben).sends_photo(picture((64, 64)))
    asked = ana.replies(shows, f"/restyle {FAST} 0.7")
    card = await ended(ana, after=asked)
    assert "· 0.7 ·" in card.text
    assert card.reply_to is asked


async def test_a_reply_to_a_result_begins_with_the_result_itself_and_not_with_telegrams_copy(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    ana.sends_photo(picture(), f"{FAST} seed=200")
    first = await ended(ana)
    ana.replies(first, f"{FAST} seed=3")
    second = await ended(ana, after=first)
    await ana.press(second, "Original")
    await fake.until(lambda: any(each.media and each.media.kind == "document" for each in ana.answers))
    file = next(each for each in ana.answers if each.media and each.media.kind == "document")
    assert opened(file.content).convert("RGB").getpixel((5, 5)) == (200, 0, 0)


async def test_a_sheet_shows_several_so_a_reply_to_it_asks_for_one(app: App, ana: Person) -> None:
    ana.sends_photo(picture(), f"/sweep {FAST}")
    sheet = await shown(ana, "4 pictures")
    ana.replies(sheet, FAST)
    await shown(ana, "shows several pictures")


async def test_the_picture_may_come_first(app: App, ana: Person) -> None:
    ana.sends_photo(picture())
    await shown(ana, "What shall it become?")
    ana.sends(FAST)
    await ended(ana)


async def test_the_words_may_come_first(app: App, ana: Person) -> None:
    ana.sends(f"{FAST} 0.3")
    await shown(ana, "Send the picture")
    ana.sends_photo(picture())
    assert "· 0.3 ·" in (await ended(ana)).text


async def test_in_a_group_the_picture_comes_as_a_reply_to_the_question(fake: FakeTelegram, app: App) -> None:
    ana = fake.person("ana", fake.supergroup())
    ana.sends(f"/restyle {FAST} 0.3")
    question = await shown(ana, "Send the picture")
    assert question.markup is not None
    assert question.markup["force_reply"]
    ana.sends_photo(picture(), reply_to=question)
    assert "· 0.3 ·" in (await ended(ana)).text


async def test_halves_of_different_people_never_meet_and_get_old(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    fake.make_admin(fake.bot, garden)  # so that it sees all messages
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    ana.sends_photo(picture())
    ben.sends(f"/restyle {FAST}")
    await shown(ben, "Send the picture")
    assert not any(each.media for each in ana.answers)
    fake.advance(700)
    asked = ana.sends(f"/restyle {FAST}")
    await shown(ana, "Send the picture", after=asked)
    ana.sends_photo(picture())
    await ended(ana)


async def test_an_album_is_several_jobs_answered_by_an_album_and_one_keyboard(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    asked = ana.sends_album([picture(colour=colour) for colour in ("red", "green", "blue")], f"{FAST} seed=9")
    keyboard = await shown(ana, "3. 0.001 fox")
    await fake.until(lambda: "Delete" in keyboard.labels)
    pictures = [each for each in ana.answers if each.album]
    assert len(pictures) == 3
    assert {each.reply_to for each in pictures} == {asked[0]}
    assert keyboard.labels == [
        *(label for number in (1, 2, 3) for label in (f"{number} · Subtle", "Strong", "Re-roll", "Full file")),
        "Delete",
    ]
    await ana.press(keyboard, "2 · Subtle")
    varied = await ended(ana, after=keyboard)
    assert "seed 9" in varied.text
    ana.replies(pictures[1], f"{FAST} 0.8")
    assert "· 0.8 ·" in (await ended(ana, after=varied)).text
    await ana.press(keyboard, "Delete")
    await fake.until(lambda: keyboard.deleted and all(each.deleted for each in pictures))


async def test_of_an_album_what_is_no_picture_is_named_and_the_rest_is_made(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    good, bad = picture(), b"no picture at all"
    ana.sends_album([good, bad, good], FAST, as_documents=True)
    said = await shown(ana, "Picture 2:")
    assert "not a picture I can read" in said.text
    assert "Picture 1" not in said.text
    await shown(ana, "2. 0.001 fox")


async def test_an_album_is_cancelled_as_a_whole(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_album([picture(colour=colour) for colour in ("red", "green")], SLOW)
    card = await shown(ana, "2. ")
    assert card.labels == ["Cancel"]
    await ana.press(card, "Cancel")
    await fake.until(lambda: card.text.count("Cancelled") == 2)
    assert card.labels == ["1 · Try again", "2 · Try again", "Delete"]


async def test_commands_for_other_bots_are_not_answered(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    fake.make_admin(fake.bot, garden)
    ana = fake.person("ana", garden)
    ana.sends_photo(picture(), f"/restyle@other_bot {FAST}")
    ana.sends("/weather")
    ana.sends("hello everybody")
    ana.sends_photo(picture(), f"/restyle@{fake.bot.username} {FAST}")
    card = await ended(ana)
    assert ana.answers[0] is card


async def test_a_mention_speaks_to_the_bot(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    fake.make_admin(fake.bot, garden)
    ana = fake.person("ana", garden)
    ana.sends_photo(picture(), f"@{fake.bot.username} {FAST} 0.4")
    assert "· 0.4 ·" in (await ended(ana)).text


async def test_answers_stay_in_their_topic(fake: FakeTelegram, app: App) -> None:
    forum = fake.supergroup(forum=True)
    foxes = fake.topic(forum, "Foxes")
    ana = fake.person("ana", forum).at(forum, foxes)
    ana.sends_photo(picture(), f"/restyle {FAST}")
    assert (await ended(ana)).topic is foxes


async def test_an_anonymous_administrator_is_the_group_and_its_administrators_may_press(
    fake: FakeTelegram, app: App
) -> None:
    garden = fake.supergroup()
    ana, ben, eve = (fake.person(name, garden) for name in ("ana", "ben", "eve"))
    for admin in (ana, ben):
        fake.make_admin(admin.user, garden)
    ana.anonymously.sends_photo(picture(), f"/restyle {FAST}")
    card = await ended(ana)
    assert "Only the person" in (await eve.press(card, "Delete")).text
    assert (await ben.press(card, "Delete")).text == "Deleted."
    await fake.until(lambda: card.deleted)


async def test_words_that_are_mended_take_the_place_of_the_first_ones(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    message = ana.sends_photo(picture(), "/restyle fox strenth=0.4")
    await shown(ana, "did you mean strength?")
    ana.edits(message, f"/restyle {SLOW} strength=0.4")
    slow = await shown(ana, "0.15 fox")
    ana.edits(message, f"/restyle {FAST} strength=0.9")
    card = await ended(ana)
    assert "· 0.9 ·" in card.text
    await fake.until(lambda: "Cancelled" in slow.text)


async def test_an_edit_that_changes_nothing_makes_nothing(fake: FakeTelegram, app: App, ana: Person) -> None:
    message = ana.sends_photo(picture(), FAST)
    card = await ended(ana)
    ana.edits(message, f"/restyle {FAST} ")
    ana.sends("/queue")
    await shown(ana, "Nothing waits")
    assert [each for each in ana.answers if each.media] == [card]


async def test_somebody_elses_words_under_a_forwarded_picture_are_not_mine(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    ben = fake.person("ben")
    ana.forwards(ben.sends_photo(picture(), "my holiday"))
    await shown(ana, "What shall it become?")


async def test_posts_in_channels_are_let_be(fake: FakeTelegram, app: App) -> None:
    news = fake.channel()
    fake.posts(news, f"/restyle {FAST}", picture())
    await fake.until_read()
    assert fake.said(news) == []


async def test_what_is_no_picture_gets_a_sentence(app: App, ana: Person) -> None:
    ana.sends_document(b"%PDF-1.7 nothing", f"/restyle {FAST}")
    await shown(ana, "not a picture I can read")
    voice = ana.sends_voice()
    await shown(ana, "not a picture I can read", after=voice)
