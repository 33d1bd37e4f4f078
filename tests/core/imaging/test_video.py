from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import AvifImagePlugin, ExifTags, Image, PngImagePlugin

from core.errors import PictureError
from core.imaging.decode import IntakeLimits, Picture, decode_mask, decode_picture, prepare
from core.imaging.intake import Intake
from tests.core.imaging.pictures import astronaut, difference, encoded, opened, quadrants
from tests.core.imaging.videos import photographs, sound, video

LIMITS = IntakeLimits()
FIRST = quadrants()
LATER = [Image.new("RGB", FIRST.size, "black")] * 4
KINDS = {
    "MP4 H.264": ("libx264", "mp4", "yuv420p"),
    "MP4 H.265": ("libx265", "mp4", "yuv420p"),
    "MP4 AV1": ("libsvtav1", "mp4", "yuv420p"),
    "MP4 MPEG-4": ("mpeg4", "mp4", "yuv420p"),
    "MOV H.264": ("libx264", "mov", "yuv420p"),
    "MOV ten bits": ("libx264", "mov", "yuv420p10le"),
    "MOV Motion JPEG": ("mjpeg", "mov", "yuvj420p"),
    "WebM VP8": ("libvpx", "webm", "yuv420p"),
    "WebM VP9": ("libvpx-vp9", "webm", "yuv420p"),
    "WebM VP9 alpha": ("libvpx-vp9", "webm", "yuva420p"),
    "MKV H.264": ("libx264", "matroska", "yuv420p"),
}


def made(name: str) -> bytes:
    codec, container, pixels = KINDS[name]
    return video(FIRST, *LATER, codec=codec, container=container, pixels=pixels)


FILES = {name: made(name) for name in KINDS}


@pytest.fixture(autouse=True, scope="module")
def decoders() -> Iterator[None]:
    """The switches belong to the whole process: put them back for the other tests."""
    before = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, AvifImagePlugin.DEFAULT_MAX_THREADS
    prepare()
    yield
    Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, AvifImagePlugin.DEFAULT_MAX_THREADS = before


def taken(data: bytes, limits: IntakeLimits = LIMITS) -> Picture | str:
    """The picture, or the reason why there is none."""
    try:
        return decode_picture(data, limits)
    except PictureError as error:
        return error.reason


def shows(picture: Picture | str, wanted: Image.Image) -> bool:
    return isinstance(picture, Picture) and difference(opened(picture.png), wanted) < 16


@pytest.mark.parametrize("name", FILES)
def test_the_first_frame_of_a_video_is_the_picture_and_said_so(name: str) -> None:
    picture = decode_picture(FILES[name], LIMITS)
    assert (picture.width, picture.height, picture.mask) == (*FIRST.size, None)
    assert picture.notes == ("first frame of a video",)
    assert opened(picture.png).info == {}
    assert shows(picture, FIRST)


@pytest.mark.parametrize("name", FILES)
def test_a_video_cut_off_anywhere_shows_its_whole_first_frame_or_is_refused(name: str) -> None:
    data = FILES[name]
    for length in [*range(4, 64, 7), *range(64, len(data), max(1, len(data) // 80))]:
        picture = taken(data[:length])
        assert isinstance(picture, str) or shows(picture, FIRST), length


@pytest.mark.parametrize(
    ("codec", "container"),
    [(codec, "mp4") for codec in ("libx264", "libx265", "mpeg4", "libsvtav1", "libvpx-vp9")]
    + [("mjpeg", "mov"), ("libvpx", "webm"), ("libx264", "matroska"), ("mpeg4", "matroska")],
)
def test_a_video_that_ends_within_its_first_frame_is_refused_and_never_half_grey(codec: str, container: str) -> None:
    """The index comes first, as for streaming: what follows is cut, and decoders would fill the rest."""
    muxer = {} if container in ("webm", "matroska") else {"moov_size": "16384"}
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    photograph = astronaut(128, 128)
    data = video(photograph, photograph, codec=codec, container=container, pixels=pixels, muxer=muxer)
    whole = decode_picture(data, LIMITS)
    start = max(300, data.find(b"mdat"))
    for length in range(start, len(data), (len(data) - start) // 60):
        assert taken(data[:length]) in (whole, "truncated", "no-frame"), length


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_video_is_a_picture_or_refused_but_never_anything_else(name: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        damaged = np.frombuffer(FILES[name], np.uint8).copy()
        damaged[rng.integers(4, len(damaged), 6)] = rng.integers(0, 256, 6, dtype=np.uint8)
        taken(damaged.tobytes())
        taken(FILES[name][:64] + rng.bytes(len(damaged)))  # a header, and rubbish after it


@pytest.mark.parametrize("name", ["MP4 H.264", "WebM VP9"])
def test_one_frame_is_enough_of_a_video(name: str) -> None:
    codec, container, pixels = KINDS[name]
    assert shows(taken(video(FIRST, codec=codec, container=container, pixels=pixels)), FIRST)


MATRICES = {
    None: (1, 0, 0, 1),
    Image.Transpose.FLIP_LEFT_RIGHT: (-1, 0, 0, 1),
    Image.Transpose.ROTATE_180: (-1, 0, 0, -1),
    Image.Transpose.FLIP_TOP_BOTTOM: (1, 0, 0, -1),
    Image.Transpose.TRANSPOSE: (0, 1, 1, 0),
    Image.Transpose.ROTATE_270: (0, 1, -1, 0),  # what a telephone that is held upright writes
    Image.Transpose.TRANSVERSE: (0, -1, -1, 0),
    Image.Transpose.ROTATE_90: (0, -1, 1, 0),
}


@pytest.mark.parametrize("turn", MATRICES)
@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_a_turned_video_is_put_upright(turn: Image.Transpose | None, container: str) -> None:
    a, b, c, d = (value << 16 for value in MATRICES[turn])
    picture = taken(video(FIRST, *LATER, container=container, matrix=(a, b, 0, c, d, 0, 0, 0, 1 << 30)))
    assert shows(picture, FIRST.transpose(turn) if turn is not None else FIRST)


def test_a_turned_video_is_put_upright_whatever_else_its_frames_carry() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "a maker"
    jpeg = encoded(FIRST, "JPEG", exif=exif.tobytes())
    turned = photographs(jpeg, FIRST.size, (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30))
    assert shows(taken(turned), FIRST.transpose(Image.Transpose.ROTATE_270))


def test_narrow_pixels_are_shown_square() -> None:
    picture = taken(video(FIRST, aspect=(4, 3)))
    assert shows(picture, FIRST.resize((85, 48), Image.Resampling.NEAREST))


def test_odd_sizes_are_kept() -> None:
    photograph = astronaut(63, 41)
    for codec, container in (("libvpx-vp9", "webm"), ("mpeg4", "mp4")):
        assert shows(taken(video(photograph, codec=codec, container=container)), photograph)


def test_what_is_transparent_on_a_video_sticker_becomes_white_and_a_mask() -> None:
    sticker = Image.new("RGBA", (64, 64), (255, 0, 0, 255))
    sticker.paste((0, 0, 0, 0), (0, 0, 32, 64))
    picture = decode_picture(video(sticker, sticker, codec="libvpx-vp9", container="webm", pixels="yuva420p"), LIMITS)
    wanted = Image.new("RGB", (64, 64), "red")
    wanted.paste("white", (0, 0, 32, 64))
    assert difference(opened(picture.png), wanted) < 6
    assert picture.mask is not None
    assert [opened(picture.mask).getpixel(at) for at in ((4, 4), (60, 60))] == [255, 0]


def test_a_video_that_declares_its_colours_keeps_them() -> None:
    full = video(FIRST, codec="mjpeg", container="mov", pixels="yuvj420p")
    narrow = video(FIRST, codec="libx264", container="mov", pixels="yuv444p")
    for data in (full, narrow):
        assert difference(opened(decode_picture(data, LIMITS).png), FIRST) < 6


def test_a_video_can_be_a_mask() -> None:
    mask = Image.new("RGB", (64, 64), "black")
    mask.paste("white", (0, 0, 32, 64))
    png = decode_mask(video(mask), 64, 64, LIMITS)
    assert [opened(png).getpixel(at) for at in ((4, 4), (60, 60))] == [255, 0]


def test_a_large_video_is_kept_smaller() -> None:
    picture = decode_picture(video(astronaut(320, 160)), IntakeLimits(keep_side=100))
    assert (picture.width, picture.height) == (100, 50)
    assert picture.notes == ("first frame of a video", "kept as 100x50 of 320x160")


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("matroska", "aac"), ("webm", "libopus")])
def test_sound_alone_is_no_picture(container: str, codec: str) -> None:
    assert taken(sound(container, codec)) == "not-a-picture"


@pytest.mark.parametrize("codec", ["mpeg4", "libx264", "libvpx-vp9"])
@pytest.mark.parametrize(
    ("size", "reason"), [((320, 240), "too-many-pixels"), ((640, 16), "too-thin"), ((64, 6), "too-small")]
)
def test_a_size_that_is_not_taken_is_refused_with_its_sentence(codec: str, size: tuple[int, int], reason: str) -> None:
    data = video(Image.new("RGB", size, "red"), codec=codec, container="matroska")
    assert taken(data, IntakeLimits(max_pixels=50_000)) == reason


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith(("WebM", "MKV"))])
@pytest.mark.parametrize("size", [(60_000, 60_000), (60_000, 16), (4, 4)])
def test_what_a_container_claims_about_the_size_makes_nothing_of_that_size(name: str, size: tuple[int, int]) -> None:
    """The codec's own header is what counts; the container's claim is looked at only where there is no other."""
    claimed = FILES[name].replace(struct.pack(">HH", *FIRST.size), struct.pack(">HH", *size))
    assert claimed != FILES[name]
    picture = taken(claimed)
    assert isinstance(picture, str) or opened(picture.png).height == FIRST.height


def test_an_absurd_size_that_nothing_corrects_is_refused() -> None:
    data = FILES["MP4 MPEG-4"].replace(struct.pack(">HH", *FIRST.size), struct.pack(">HH", 60_000, 60_000))
    empty = data.replace(b"\0\0\1\xb3", bytes(4)).replace(b"\0\0\1\xb6", bytes(4)).replace(b"\0\0\1\x20", bytes(4))
    assert taken(empty) == "no-frame"


def test_an_encrypted_video_is_refused_with_a_way_out() -> None:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00" * 16, "encryption_kid": "11" * 16}
    data = video(astronaut(128, 128), *[astronaut(128, 128).rotate(90)] * 3, muxer=key)
    assert b"encv" in data
    assert taken(data) in ("no-frame", "truncated")


def test_a_codec_that_nobody_sends_is_not_even_asked() -> None:
    data = video(FIRST, codec="ffv1", container="matroska")
    assert taken(data) == "no-frame"


def test_a_heic_and_an_avif_are_still_pictures_of_their_own() -> None:
    for file_format in ("HEIF", "AVIF"):
        picture = decode_picture(encoded(astronaut(48, 40), file_format, quality=95), LIMITS)
        assert picture.notes == ()


async def test_a_video_is_opened_within_the_limits_of_the_decoding_process() -> None:
    async with Intake(IntakeLimits(workers=1)) as intake:
        for name, data in FILES.items():
            assert shows(await intake.open(data), FIRST), name
        with pytest.raises(PictureError):
            await intake.open(FILES["MP4 H.264"][:600])
        large = video(astronaut(3840, 2160), options={"preset": "ultrafast"})
        assert (await intake.open(large)).width == 3840
