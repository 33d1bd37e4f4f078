from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import AvifImagePlugin, ExifTags, Image, ImageCms, PngImagePlugin

from core.errors import InputError, PictureError
from core.imaging.decode import IntakeLimits, decode_mask, decode_picture, prepare
from tests.core.imaging.pictures import (
    astronaut,
    chunk,
    difference,
    encoded,
    opened,
    png_claiming,
    quadrants,
    with_chunk,
)

LIMITS = IntakeLimits()
SIZE = (48, 40)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # damaged files are the point


@pytest.fixture(autouse=True, scope="module")
def decoders() -> Iterator[None]:
    """The switches belong to the whole process: put them back for the other tests."""
    before = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, AvifImagePlugin.DEFAULT_MAX_THREADS
    prepare()
    yield
    Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, AvifImagePlugin.DEFAULT_MAX_THREADS = before


def files() -> dict[str, bytes]:
    small = astronaut(*SIZE)
    more = [small.rotate(90), small.rotate(180)]
    prepare()
    return {
        "PNG": encoded(small, "PNG"),
        "PNG palette": encoded(small.quantize(16), "PNG"),
        "PNG animated": encoded(small, "PNG", save_all=True, append_images=more),
        "JPEG": encoded(small, "JPEG", quality=95),
        "JPEG progressive": encoded(small, "JPEG", quality=95, progressive=True),
        "JPEG with a thumbnail": encoded(small, "JPEG", quality=95, comment=encoded(small.resize((16, 16)), "JPEG")),
        "WebP": encoded(small, "WEBP", quality=95),
        "WebP lossless": encoded(small, "WEBP", lossless=True),
        "GIF": encoded(small, "GIF"),
        "GIF animated": encoded(small, "GIF", save_all=True, append_images=more),
        "BMP": encoded(small, "BMP"),
        "TIFF": encoded(small, "TIFF"),
        "TIFF deflate": encoded(small, "TIFF", compression="tiff_deflate"),
        "TIFF fax": encoded(small.convert("1"), "TIFF", compression="group4"),
        "HEIC": encoded(small, "HEIF", quality=95),
        "AVIF": encoded(small, "AVIF", quality=95),
    }


FILES = files()


def reason_for(data: bytes, limits: IntakeLimits = LIMITS) -> str:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, limits)
    return caught.value.reason


@pytest.mark.parametrize("name", [name for name in FILES if "fax" not in name])
def test_every_format_comes_out_as_the_picture_that_went_in(name: str) -> None:
    picture = decode_picture(FILES[name], LIMITS)
    image = opened(picture.png)
    assert (image.mode, image.size, image.info) == ("RGB", SIZE, {})
    assert (picture.width, picture.height, picture.mask) == (*SIZE, None)
    assert difference(image, astronaut(*SIZE)) < (16 if "GIF" in name or "palette" in name else 5)


@pytest.mark.parametrize("name", FILES)
def test_a_picture_cut_off_at_any_byte_is_refused(name: str) -> None:
    data = FILES[name]
    passed = []
    for length in range(1, len(data)):
        try:
            decode_picture(data[:length], LIMITS)
            passed.append(length)
        except PictureError:
            continue
    assert passed == []


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_picture_is_decoded_or_refused_but_never_anything_else(name: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(60):
        damaged = np.frombuffer(FILES[name], np.uint8).copy()
        damaged[rng.integers(0, len(damaged), 6)] = rng.integers(0, 256, 6, dtype=np.uint8)
        try:
            decode_picture(damaged.tobytes(), LIMITS)
        except PictureError:
            continue


@pytest.mark.parametrize("data", [b"hello", b"%PDF-1.7 and so on", b"\0" * 1000, encoded(astronaut(32, 32), "PPM")])
def test_what_is_no_picture_of_the_eight_kinds_is_told_so(data: bytes) -> None:
    assert reason_for(data) == "not-a-picture"


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((60_000, 60_000), "too-many-pixels"),
        ((1, 20_000), "too-thin"),
        ((20_000, 1), "too-thin"),
        ((7, 7), "too-small"),
    ],
)
def test_a_size_that_is_not_taken_is_refused_from_the_header(size: tuple[int, int], reason: str) -> None:
    assert reason_for(png_claiming(*size)) == reason


def test_an_extended_webp_is_refused_before_its_canvas_is_allocated() -> None:
    canvas = bytes(4) + (16_382).to_bytes(3, "little") * 2
    data = b"WEBPVP8X" + (10).to_bytes(4, "little") + canvas
    assert reason_for(b"RIFF" + len(data).to_bytes(4, "little") + data) == "too-many-pixels"


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_a_text_chunk_that_unpacks_to_gigabytes_is_refused(name: bytes) -> None:
    packed = zlib.compress(bytes(100_000_000), 9)
    content = b"k\0\0" + packed if name == b"zTXt" else b"k\0\1\0\0\0" + packed
    assert reason_for(with_chunk(FILES["PNG"], chunk(name, content))) == "truncated"


def test_a_tiff_whose_pages_form_a_ring_is_refused() -> None:
    data = bytearray(FILES["TIFF"])
    first = int.from_bytes(data[4:8], "little")
    end = first + 2 + 12 * int.from_bytes(data[first : first + 2], "little")
    data[end : end + 4] = first.to_bytes(4, "little")
    assert reason_for(bytes(data)) == "truncated"


def test_the_first_frame_of_an_animation_is_taken_and_said_so() -> None:
    red, blue = Image.new("RGB", SIZE, "red"), Image.new("RGB", SIZE, "blue")
    for file_format in ("GIF", "PNG", "WEBP", "AVIF"):
        picture = decode_picture(encoded(red, file_format, save_all=True, append_images=[blue, red]), LIMITS)
        assert picture.notes == ("first frame of 3",)
        assert difference(opened(picture.png), red) < 3


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_is_put_upright(file_format: str, orientation: int) -> None:
    upright = quadrants()
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = decode_picture(encoded(stored, file_format, exif=exif.tobytes()), LIMITS)
    assert (picture.width, picture.height) == upright.size
    assert difference(opened(picture.png), upright) < 12


def test_broken_metadata_is_no_fault_of_the_picture() -> None:
    exif = encoded(astronaut(*SIZE), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert decode_picture(exif, LIMITS).width == SIZE[0]
    profile = encoded(astronaut(*SIZE), "PNG", icc_profile=b"this is no colour profile")
    assert difference(opened(decode_picture(profile, LIMITS).png), astronaut(*SIZE)) == 0


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    ramp = np.linspace(10_000, 50_000, 64 * 64).reshape(64, 64).astype(np.uint16)
    for file_format in ("PNG", "TIFF"):
        grey = np.asarray(opened(decode_picture(encoded(Image.fromarray(ramp), file_format), LIMITS).png))[..., 0]
        assert np.abs(grey - ramp / 257).max() <= 1


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0, 1e9])
def test_floats_are_stretched_by_the_range_they_use(top: float) -> None:
    ramp = np.linspace(0, top, 64 * 64).reshape(64, 64).astype(np.float32)
    grey = np.asarray(opened(decode_picture(encoded(Image.fromarray(ramp), "TIFF"), LIMITS).png))[..., 0]
    assert np.abs(grey - ramp / top * 255).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "YCbCr", "LAB", "I;16", "RGBX"])
def test_every_mode_shows_the_same_picture(mode: str) -> None:
    grey = astronaut(64, 64).convert("L").convert("RGB")
    image = grey.convert("L").convert("I;16").point(lambda value: value * 257) if mode == "I;16" else None
    if mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(grey, srgb, lab, outputMode="LAB")
    image = image or grey.convert(mode)
    wanted = image.convert("RGB") if mode in ("1", "P") else grey  # these two lose something by themselves
    assert difference(opened(decode_picture(encoded(image, "TIFF"), LIMITS).png), wanted) < 4


def test_a_cmyk_photograph_keeps_its_colours() -> None:
    photograph = astronaut(64, 64)
    data = encoded(photograph.convert("CMYK"), "JPEG", quality=95)  # Adobe's way: stored inverted
    assert difference(opened(decode_picture(data, LIMITS).png), photograph) < 4


def test_another_colour_space_is_brought_to_srgb() -> None:
    """A profile whose red and blue are swapped: without conversion the picture would stay red."""
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = swapped.find(b"rXYZ"), swapped.find(b"bXYZ")
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    name = swapped.find("sRGB".encode("utf-16-be"))
    swapped[name : name + 8] = "Swap".encode("utf-16-be")
    data = encoded(Image.new("RGB", SIZE, "red"), "PNG", icc_profile=bytes(swapped))
    assert difference(opened(decode_picture(data, LIMITS).png), Image.new("RGB", SIZE, "blue")) < 4


def holed(mode: str) -> bytes:
    """A red picture, transparent on its left half."""
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 16, 32))
    if mode == "P":
        palette = Image.new("P", (32, 32), 1)
        palette.putpalette([0, 0, 0, 255, 0, 0])
        palette.paste(0, (0, 0, 16, 32))
        return encoded(palette, "PNG", transparency=0)
    if mode == "RGB":
        keyed = Image.new("RGB", (32, 32), "red")
        keyed.paste((1, 2, 3), (0, 0, 16, 32))
        return encoded(keyed, "PNG", transparency=(1, 2, 3))
    return encoded(image, mode, **({"lossless": True} if mode == "WEBP" else {}))


@pytest.mark.parametrize("mode", ["PNG", "WEBP", "GIF", "TIFF", "P", "RGB"])
def test_transparency_becomes_white_and_a_mask(mode: str) -> None:
    picture = decode_picture(holed(mode), LIMITS)
    image = opened(picture.png)
    assert (image.getpixel((2, 2)), image.getpixel((30, 30))) == ((255, 255, 255), (255, 0, 0))
    assert picture.mask is not None
    mask = opened(picture.mask)
    assert (mask.mode, mask.size) == ("L", (32, 32))
    assert (mask.getpixel((2, 2)), mask.getpixel((30, 30))) == (255, 0)


def test_an_opaque_alpha_channel_makes_no_mask() -> None:
    assert decode_picture(encoded(astronaut(*SIZE).convert("RGBA"), "PNG"), LIMITS).mask is None


def test_nothing_of_a_file_survives_but_its_pixels() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "a secret name")
    data = encoded(astronaut(*SIZE), "PNG", pnginfo=text, dpi=(300, 300)) + b"a secret tail"
    png = decode_picture(data, LIMITS).png
    assert b"secret" not in png
    assert opened(png).info == {}


@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_an_enormous_picture_is_kept_smaller_and_its_mask_follows(file_format: str) -> None:
    limits = IntakeLimits(keep_side=100)
    large = astronaut(333, 222)
    picture = decode_picture(encoded(large, file_format, quality=95), limits)
    assert (picture.width, picture.height) == (100, 67)
    assert picture.notes == ("kept as 100x67 of 333x222",)
    assert difference(opened(picture.png), large.resize((100, 67), Image.Resampling.LANCZOS)) < 4
    assert decode_mask(encoded(Image.new("L", (333, 222), 255), "PNG"), 100, 67, limits)


def test_greys_of_a_mask_are_kept() -> None:
    grey = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    mask = np.asarray(opened(decode_mask(encoded(grey, "PNG"), 16, 16, LIMITS))).ravel()
    assert mask[24:232].tolist() == list(range(24, 232))
    assert mask[:24].tolist() == [0] * 24
    assert mask[232:].tolist() == [255] * 24


def test_what_jpeg_does_to_black_and_white_is_undone_away_from_the_edge() -> None:
    hard = Image.new("L", (64, 64), 0)
    hard.paste(255, (20, 13, 64, 47))
    mask = np.asarray(opened(decode_mask(encoded(hard, "JPEG", quality=80), 64, 64, LIMITS)))
    apart = np.asarray(hard) != mask
    assert apart.mean() < 0.01
    assert set(np.unique(mask[:8])) == {0}


def test_a_soft_brush_on_glass_is_a_soft_mask() -> None:
    brush = Image.new("RGBA", (16, 16), (255, 255, 255, 0))
    brush.paste((255, 255, 255, 100), (0, 0, 8, 16))
    brush.paste((255, 255, 255, 255), (0, 0, 4, 16))
    mask = opened(decode_mask(encoded(brush, "PNG"), 16, 16, LIMITS))
    assert [mask.getpixel((x, 0)) for x in (0, 6, 12)] == [255, 100, 0]


@pytest.mark.parametrize(
    ("ground", "paint"),
    [((0, 0, 0, 0), (255, 255, 255, 255)), ((0, 0, 0, 255), (0, 0, 0, 0)), ((0, 0, 0, 255), (255, 240, 250, 255))],
)
def test_painted_on_glass_or_cut_out_of_black_the_mask_is_the_same(
    ground: tuple[int, int, int, int], paint: tuple[int, int, int, int]
) -> None:
    image = Image.new("RGBA", (16, 16), ground)
    image.paste(paint, (0, 0, 8, 16))
    mask = opened(decode_mask(encoded(image, "PNG"), 16, 16, LIMITS))
    assert (mask.getbbox(), mask.getpixel((0, 0))) == ((0, 0, 8, 16), 255)


def test_a_mask_that_does_not_fit_or_changes_nothing_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        decode_mask(encoded(Image.new("L", (16, 16), 255), "PNG"), 32, 16, LIMITS)
    assert caught.value.sentence.startswith("The mask is 16x16, the picture 32x16")
    with pytest.raises(InputError) as caught:
        decode_mask(encoded(Image.new("L", (16, 16), 20), "PNG"), 16, 16, LIMITS)
    assert caught.value.reason == "mask-empty"
