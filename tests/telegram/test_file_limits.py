"""Photos, documents, albums, downloads: sizes and shapes that Telegram takes."""

from __future__ import annotations

import httpx
import pytest
from telegram import Bot, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest, InvalidToken, NetworkError

from tests.telegram.fake import FakeTelegram, Person, Upload
from tests.telegram.fake.limits import DOWNLOAD_BYTES, FILE_BYTES, PHOTO_BYTES
from tests.telegram.pictures import opened, picture


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    fake.rates.off()
    return fake.person("ana")


async def test_a_photo_is_made_smaller_and_into_several_sizes(bot: Bot, ana: Person) -> None:
    sent = await bot.send_photo(ana.id, picture((2560, 1280)))
    assert [(each.width, each.height) for each in sent.photo] == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    for each in sent.photo:
        content = bytes(await (await each.get_file()).download_as_bytearray())
        assert len(content) == each.file_size
        assert opened(content).size == (each.width, each.height)
        assert opened(content).format == "JPEG"


async def test_a_small_photo_keeps_its_size(bot: Bot, ana: Person) -> None:
    sent = await bot.send_photo(ana.id, picture((96, 64)))
    assert [(each.width, each.height) for each in sent.photo] == [(90, 60), (96, 64)]


async def test_a_document_keeps_its_bytes(bot: Bot, ana: Person) -> None:
    content = picture((300, 200))
    sent = await bot.send_document(ana.id, content, filename="full.png")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("full.png", "image/png")
    assert bytes(await (await sent.document.get_file()).download_as_bytearray()) == content


async def test_a_file_id_sends_the_same_file_again_but_as_the_same_kind_only(bot: Bot, ana: Person) -> None:
    sent = await bot.send_photo(ana.id, picture())
    again = await bot.send_photo(ana.id, sent.photo[-1].file_id)
    assert again.photo == sent.photo
    with pytest.raises(BadRequest, match=r"(?i)file of type Photo as Document"):
        await bot.send_document(ana.id, sent.photo[-1].file_id)
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_photo(ana.id, "AgACnothing")


@pytest.mark.parametrize("size", [(9000, 1001), (2100, 100)])
async def test_a_photo_too_long_or_too_wide_is_refused(bot: Bot, ana: Person, size: tuple[int, int]) -> None:
    with pytest.raises(BadRequest, match=r"(?i)Photo_invalid_dimensions"):
        await bot.send_photo(ana.id, picture(size))
    await bot.send_document(ana.id, picture(size))


async def test_a_photo_has_10_megabytes_and_is_a_picture(bot: Bot, ana: Person) -> None:
    with pytest.raises(BadRequest, match=r"(?i)too big for a photo"):
        await bot.send_photo(ana.id, bytes(PHOTO_BYTES + 1))
    with pytest.raises(BadRequest, match=r"(?i)Image_process_failed"):
        await bot.send_photo(ana.id, b"GIF89a is all there is")


async def test_a_file_has_50_megabytes(bot: Bot, ana: Person) -> None:
    with pytest.raises(NetworkError, match=r"(?i)Request Entity Too Large|too big"):
        await bot.send_document(ana.id, bytes(FILE_BYTES + 1))


async def test_more_than_20_megabytes_cannot_be_downloaded(bot: Bot, fake: FakeTelegram, ana: Person) -> None:
    asked = ana.sends_document(Upload(content=picture(), name="big.png"))
    assert asked.file is not None
    asked.file.declared_size = DOWNLOAD_BYTES + 1
    with pytest.raises(BadRequest, match=r"(?i)File is too big"):
        await bot.get_file(asked.file.file_id)
    asked.file.declared_size = DOWNLOAD_BYTES
    assert (await bot.get_file(asked.file.file_id)).file_size == DOWNLOAD_BYTES


async def test_a_file_that_is_gone_cannot_be_had(bot: Bot, fake: FakeTelegram, ana: Person) -> None:
    asked = ana.sends_photo(picture())
    assert asked.file is not None
    found = await bot.get_file(asked.file.file_id)
    fake.advance(3601)
    with pytest.raises(InvalidToken, match="Not Found"):  # what the library makes of 404
        await found.download_as_bytearray()
    asked.file.gone = True
    with pytest.raises(BadRequest, match=r"(?i)Invalid file_id"):
        await bot.get_file(asked.file.file_id)


async def test_a_download_may_break_off(bot: Bot, fake: FakeTelegram, ana: Person) -> None:
    asked = ana.sends_document(bytes(5000))
    assert asked.file is not None
    fake.downloads.cut_after = 100
    found = await bot.get_file(asked.file.file_id)
    assert found.file_path is not None
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(found.file_path)


async def test_an_album_has_2_to_10_pictures_and_its_caption_on_the_first(bot: Bot, ana: Person) -> None:
    pictures = [InputMediaPhoto(picture(colour=colour)) for colour in ("red", "green")]
    sent = await bot.send_media_group(ana.id, pictures, caption="<b>two</b>", parse_mode="HTML")
    assert len({each.media_group_id for each in sent}) == 1
    assert [each.caption for each in sent] == ["two", None]
    for number in (1, 11):
        with pytest.raises(BadRequest, match=r"(?i)album"):
            await bot.send_media_group(ana.id, [InputMediaPhoto(sent[0].photo[-1].file_id)] * number)


async def test_an_album_carries_no_keyboard_and_mixes_no_documents(bot: Bot, fake: FakeTelegram, ana: Person) -> None:
    mixed: list[InputMediaPhoto | InputMediaDocument] = [InputMediaPhoto(picture()), InputMediaDocument(picture())]
    with pytest.raises(BadRequest, match=r"(?i)can't be mixed"):
        await bot.send_media_group(ana.id, mixed)
    photo = InputMediaPhoto(picture())
    with pytest.raises(BadRequest, match=r"(?i)cannot carry a keyboard"):
        await bot.send_media_group(ana.id, [photo, photo], api_kwargs={"reply_markup": {"inline_keyboard": []}})
    fake.record.violations.clear()  # where the specification is there, it knows no such field either


async def test_a_small_webp_sent_as_a_document_becomes_a_sticker_unless_told_not_to(bot: Bot, ana: Person) -> None:
    content = picture(kind="WEBP")
    assert (await bot.send_document(ana.id, content, filename="a.webp")).sticker is not None
    kept = await bot.send_document(ana.id, content, filename="a.webp", disable_content_type_detection=True)
    assert kept.document is not None


async def test_what_people_send_is_told_with_its_sizes(bot: Bot, fake: FakeTelegram, ana: Person) -> None:
    ana.sends_photo(picture((1600, 1200)), "look")
    ana.sends_document(picture(), "exactly")
    ana.sends_sticker(picture((512, 512), kind="WEBP"))
    ana.sends_sticker(b"lottie", animated=True)
    ana.sends_video(b"mp4")
    ana.sends_animation(b"mp4")
    ana.sends_voice()
    ana.sends_album([picture(), picture(colour="navy")], "both")
    told = [update.message for update in await bot.get_updates()]
    photo, document, sticker, moving, video, animation, voice, first, second = [each for each in told if each]
    assert (photo.photo[-1].width, photo.photo[-1].height, photo.caption) == (1280, 960, "look")
    assert document.document is not None
    assert document.document.thumbnail is not None
    assert sticker.sticker is not None
    assert (sticker.sticker.width, sticker.sticker.is_animated) == (512, False)
    assert moving.sticker is not None
    assert moving.sticker.is_animated
    assert video.video is not None
    assert animation.animation is not None
    assert voice.voice is not None
    assert first.media_group_id == second.media_group_id is not None
    assert (first.caption, second.caption) == ("both", None)
