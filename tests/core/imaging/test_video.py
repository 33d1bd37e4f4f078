from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PIL import ExifTags, Image
from pillow_heif import register_heif_opener

from core.errors import PictureError
from core.imaging.decode import IntakeLimits, Picture, decode_picture
from core.imaging.intake import Intake
from tests.core.imaging.pictures import astronaut, difference, encoded, opened, quadrants
from tests.core.imaging.videos import Matrix, photograph_in_a_video, song, video

LIMITS = IntakeLimits()
KINDS = [("mp4", "libx264"), ("mov", "libx264"), ("webm", "libvpx-vp9"), ("webm", "libvpx"), ("matroska", "libx264")]


def moving(width: int = 64, height: int = 48) -> list[Image.Image]:
    return [quadrants(width, height), *(Image.new("RGB", (width, height), "black") for _ in range(4))]


FILES = {f"{kind} {codec}": video(moving(), kind, codec) for kind, codec in KINDS}


def reason_for(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, LIMITS)
    return caught.value.reason


def taken(data: bytes) -> Picture | None:
    try:
        return decode_picture(data, LIMITS)
    except PictureError:
        return None


@pytest.mark.parametrize("name", FILES)
def test_of_a_video_the_first_frame_is_taken_and_said_so(name: str) -> None:
    picture = decode_picture(FILES[name], LIMITS)
    assert picture.notes == ("first frame of a video",)
    assert (picture.width, picture.height, picture.mask) == (64, 48, None)
    assert difference(opened(picture.png), quadrants()) < 20


@pytest.mark.parametrize(
    ("turned", "undo"),
    [
        ((0, 1, -1, 0), Image.Transpose.ROTATE_90),  # a telephone held upright: shown a quarter clockwise
        ((0, -1, 1, 0), Image.Transpose.ROTATE_270),
        ((-1, 0, 0, -1), Image.Transpose.ROTATE_180),
        ((-1, 0, 0, 1), Image.Transpose.FLIP_LEFT_RIGHT),
        ((1, 0, 0, -1), Image.Transpose.FLIP_TOP_BOTTOM),
    ],
)
def test_a_turned_video_is_put_upright(turned: Matrix, undo: Image.Transpose) -> None:
    picture = decode_picture(video([quadrants().transpose(undo)], turned=turned), LIMITS)
    assert (picture.width, picture.height) == (64, 48)
    assert difference(opened(picture.png), quadrants()) < 20


@pytest.mark.parametrize("size", [(63, 47), (65, 33), (9, 9)])
def test_one_frame_of_an_odd_size_is_enough(size: tuple[int, int]) -> None:
    picture = decode_picture(video([quadrants(*size)]), LIMITS)
    assert (picture.width, picture.height) == size


def test_a_large_frame_is_kept_smaller_as_pictures_are() -> None:
    picture = decode_picture(FILES["mp4 libx264"], IntakeLimits(keep_side=32))
    assert picture.notes == ("first frame of a video", "kept as 32x24 of 64x48")


@pytest.mark.parametrize("name", FILES)
def test_a_video_cut_off_anywhere_shows_its_whole_first_frame_or_is_refused(name: str) -> None:
    data = FILES[name]
    for length in range(4, len(data), 29):
        if picture := taken(data[:length]):
            assert difference(opened(picture.png), quadrants()) < 20


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_video_is_decoded_or_refused_but_never_anything_else(name: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        damaged = np.frombuffer(FILES[name], np.uint8).copy()
        damaged[rng.integers(8, len(damaged), 6)] = rng.integers(0, 256, 6, dtype=np.uint8)
        taken(damaged.tobytes())


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_sound_alone_is_no_picture(kind: str) -> None:
    assert reason_for(song(kind)) == "not-a-picture"


@pytest.mark.parametrize("head", [b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3", b"\0\0\0\x08wide"])
def test_garbage_behind_the_head_of_a_video_is_refused(head: bytes) -> None:
    assert taken(head) is None
    assert taken(head + np.random.default_rng(1).bytes(5000)) is None


def test_a_video_of_too_many_pixels_is_refused() -> None:
    small = IntakeLimits(max_pixels=2000)
    with pytest.raises(PictureError) as caught:
        decode_picture(FILES["mp4 libx264"], small)
    assert caught.value.reason == "too-many-pixels"


def test_heic_and_avif_are_pictures_still() -> None:
    register_heif_opener()
    for file_format in ("HEIF", "AVIF"):
        assert decode_picture(encoded(quadrants(), file_format), LIMITS).notes == ()


async def test_videos_open_in_the_process_of_limited_memory_beside_pictures() -> None:
    async with Intake(IntakeLimits(workers=1)) as intake:
        for name in FILES:
            assert (await intake.open(FILES[name])).notes == ("first frame of a video",)
        assert (await intake.open(encoded(quadrants(), "PNG"))).notes == ()


def test_a_turned_video_is_put_upright_whatever_else_its_frames_carry() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "a maker"
    jpeg = encoded(quadrants(), "JPEG", exif=exif.tobytes())
    picture = decode_picture(photograph_in_a_video(jpeg, (64, 48), (0, 1, -1, 0)), LIMITS)
    assert difference(opened(picture.png), quadrants().transpose(Image.Transpose.ROTATE_270)) < 20


def test_narrow_pixels_are_shown_square() -> None:
    picture = decode_picture(video([quadrants()], aspect=Fraction(4, 3)), LIMITS)
    assert difference(opened(picture.png), quadrants().resize((85, 48))) < 20


def test_what_is_transparent_on_a_video_sticker_becomes_white_and_a_mask() -> None:
    sticker = Image.new("RGBA", (64, 64), (255, 0, 0, 255))
    sticker.paste((0, 0, 0, 0), (0, 0, 32, 64))
    picture = decode_picture(video([sticker] * 2, "webm", "libvpx-vp9", pixels="yuva420p"), LIMITS)
    wanted = Image.new("RGB", (64, 64), "red")
    wanted.paste("white", (0, 0, 32, 64))
    assert difference(opened(picture.png), wanted) < 6
    assert picture.mask is not None
    assert [opened(picture.mask).getpixel(at) for at in ((4, 4), (60, 60))] == [255, 0]


@pytest.mark.parametrize("codec", ["mpeg4", "libx264", "libvpx-vp9"])
@pytest.mark.parametrize(
    ("size", "reason"), [((320, 240), "too-many-pixels"), ((640, 16), "too-thin"), ((64, 6), "too-small")]
)
def test_a_size_that_is_not_taken_is_refused_with_its_sentence(codec: str, size: tuple[int, int], reason: str) -> None:
    data = video([Image.new("RGB", size, "red")], "matroska", codec)
    with pytest.raises(PictureError) as caught:
        decode_picture(data, IntakeLimits(max_pixels=50_000))
    assert caught.value.reason == reason


def test_an_encrypted_video_is_refused_with_a_way_out() -> None:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00" * 16, "encryption_kid": "11" * 16}
    assert reason_for(video([astronaut(128, 128)] * 3, muxer=key)) == "no-frame"


def test_a_codec_that_nobody_sends_is_not_even_asked() -> None:
    assert reason_for(video([quadrants()], "matroska", "ffv1")) == "no-frame"


@pytest.mark.parametrize(
    ("kind", "codec"),
    [("mp4", codec) for codec in ("libx264", "mpeg4", "libsvtav1", "libvpx-vp9")]
    + [("mov", "mjpeg"), ("webm", "libvpx"), ("matroska", "libx264"), ("matroska", "mpeg4")],
)
def test_a_video_that_ends_within_its_first_frame_is_refused_and_never_half_grey(kind: str, codec: str) -> None:
    """The index comes first, as for streaming: what follows is cut, and decoders would fill the rest."""
    muxer = {} if kind in ("webm", "matroska") else {"moov_size": "16384"}
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    data = video([astronaut(128, 128)] * 2, kind, codec, pixels=pixels, muxer=muxer)
    whole, start = decode_picture(data, LIMITS), max(300, data.find(b"mdat"))
    for length in range(start, len(data), (len(data) - start) // 60):
        assert taken(data[:length]) in (whole, None), length
