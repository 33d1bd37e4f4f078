"""Bytes of strangers to safe pixels. Runs in the decoding process (see core.imaging.intake) and imports little.

The walk of a picture: what does it claim to be -> is its end there -> is its size allowed (from the header) -> decode
-> eight bits a channel -> upright -> at most `keep_side` long -> sRGB -> white behind transparency -> a fresh PNG.
Nothing of the file but its pixels survives: no metadata, no profile, no bytes behind the end.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import psutil
from PIL import AvifImagePlugin, ExifTags, Image, ImageChops, PngImagePlugin
from pillow_heif import register_heif_opener

from core.errors import InputError, PictureError, RestyleError
from core.imaging import provenance
from core.imaging.colour import cleared, over, plain, srgb, threshold
from core.imaging.whole import VIDEOS, gif_frames, is_whole, kind_of, webp_size

_RLE = 3  # zlib's strategy: on filtered photographs the fastest, and smaller than level 1 of the usual one
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakeLimits:
    """What is taken in. `keep_side`: larger pictures are stored with a long side of this many pixels."""

    max_bytes: int = 25 * 10**6
    max_pixels: int = 50 * 10**6
    max_ratio: int = 20
    min_side: int = 8
    keep_side: int = 4096
    seconds: float = 20.0
    memory_bytes: int = 1536 * 2**20  # address space of one decoding process, beyond what it starts with
    workers: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that was taken in.

    `png` is upright 8-bit sRGB without metadata, `width` x `height` pixels. `mask` is a grey PNG of the same size, as
    light as the picture was transparent (a candidate for change); None if it was opaque. `notes` say what
    was done to it, for people.
    """

    png: bytes
    width: int
    height: int
    mask: bytes | None = None
    notes: tuple[str, ...] = ()


def confine(memory_bytes: int) -> None:
    """Make this process fit for strangers' bytes: bounded address space, no core files, silent and strict decoders."""
    prepare()
    for name in list(os.environ):
        if name.startswith(("RESTYLE_", "HF_", "HUGGING_FACE_", "AWS_")):  # tokens are nothing for strangers' bytes
            del os.environ[name]
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # C libraries complain there, and it is the terminal's
    if sys.platform == "win32":
        return
    import resource  # not on Windows, where the time limit alone holds

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # a system that does not bound address space, or bounds it lower already
        limit = psutil.Process().memory_info().vms + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def prepare() -> None:
    """Set the decoders' own switches, which belong to the whole process."""
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    PngImagePlugin.MAX_TEXT_CHUNK = 8 * 2**20  # workflows of other image tools are megabytes long
    Image.MAX_IMAGE_PIXELS = None  # sizes are checked here, with a sentence


def decode_picture(data: bytes, limits: IntakeLimits) -> Picture:
    """Raises PictureError, and nothing else, for whatever is wrong with `data`."""
    with _time_and_errors(limits.seconds):
        image, notes = _open(data, limits)
        colours, alpha = srgb(image)
        mask = cleared(ImageChops.invert(alpha)) if alpha else None
        return Picture(
            png=_png(over("white", colours, alpha)),
            width=colours.width,
            height=colours.height,
            mask=_png(mask) if mask and mask.getbbox() else None,
            notes=tuple(notes),
        )


def decode_marked(data: bytes, limits: IntakeLimits) -> tuple[Picture, dict[str, Any] | None]:
    """The picture, and the settings that it carries, if any (see core.imaging.provenance). Raises PictureError."""
    picture = decode_picture(data, limits)
    with _time_and_errors(limits.seconds):
        return picture, provenance.read(data)


def decode_mask(data: bytes, width: int, height: int, limits: IntakeLimits) -> bytes:
    """A grey PNG: white changes, black stays, greys in between. Raises PictureError or InputError.

    On a transparent mask, what is painted white changes; if nothing on it is white, its holes are what changes.
    """
    with _time_and_errors(limits.seconds):
        image, _ = _open(data, limits)
        if image.size != (width, height):
            raise InputError("mask-size", mask_width=image.width, mask_height=image.height, width=width, height=height)
        colours, alpha = srgb(image)
        mask = cleared(over("black", colours, alpha).convert("L"))
        if alpha and not threshold(mask).getbbox():
            mask = cleared(ImageChops.invert(alpha))
        if not mask.getbbox():
            raise InputError("mask-empty")
        return _png(mask)


@contextmanager
def _time_and_errors(seconds: float) -> Iterator[None]:
    """Processor time of one task, and the one place where a decoder's complaint becomes a sentence."""
    try:
        with _processor_time(seconds):
            yield
    except RestyleError:
        raise
    except MemoryError:
        raise PictureError("too-heavy") from None
    except Exception:  # decoders raise whatever they like on damaged bytes; all of it means the same to a person
        raise PictureError("truncated") from None


@contextmanager
def _processor_time(seconds: float) -> Iterator[None]:
    """The system ends this process if the block takes longer: decoders do not listen to anything gentler."""
    if sys.platform == "win32":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


def _open(data: bytes, limits: IntakeLimits) -> tuple[Image.Image, list[str]]:
    """Decoded, upright, eight bits a channel, at most `keep_side` long; and what should be said about it."""
    kind = kind_of(data)
    if kind is None:
        raise PictureError("not-a-picture")
    if kind in VIDEOS:
        return _open_video(data, kind, limits)
    if not is_whole(data, kind):
        raise PictureError("truncated")
    if kind == "WEBP" and (canvas := webp_size(data)):
        _check_size(*canvas, limits)
    image: Image.Image = Image.open(BytesIO(data), formats=[kind])
    given = image.size
    _check_size(*given, limits)
    notes = _frames(image, data)
    kept = _within(*given, limits.keep_side)
    if kind == "JPEG" and kept != given:
        image.draft(None, kept)  # a half, a quarter or an eighth costs less to decode
    image.load()
    turn = _TURNS.get(_orientation(image))
    image = _kept(plain(image), given, limits, notes)
    return image.transpose(turn) if turn is not None else image, notes


def _open_video(data: bytes, kind: str, limits: IntakeLimits) -> tuple[Image.Image, list[str]]:
    """Where a video ends is not asked: its first frame may be whole without the rest."""
    from core.imaging.video import first_frame

    image = first_frame(data, kind, lambda width, height: _check_size(width, height, limits), limits.max_pixels)
    notes = ["first frame of a video"]
    return _kept(image, image.size, limits, notes), notes


def _kept(image: Image.Image, given: tuple[int, int], limits: IntakeLimits, notes: list[str]) -> Image.Image:
    """At most `keep_side` long, and a note if that is smaller than the size that was given."""
    kept = _within(*given, limits.keep_side)
    if kept == given:
        return image
    notes.append(f"kept as {kept[0]}x{kept[1]} of {given[0]}x{given[1]}")
    return image.resize(kept, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _check_size(width: int, height: int, limits: IntakeLimits) -> None:
    if width * height > limits.max_pixels:
        megapixels = round(limits.max_pixels / 1e6)
        raise PictureError("too-many-pixels", width=width, height=height, limit=megapixels)
    if max(width, height) > limits.max_ratio * min(width, height):
        raise PictureError("too-thin", width=width, height=height, limit=limits.max_ratio)
    if min(width, height) < limits.min_side:
        raise PictureError("too-small", width=width, height=height, limit=limits.min_side)


def _frames(image: Image.Image, data: bytes) -> list[str]:
    if image.format == "MPO":  # one photograph with a depth or gain map behind it
        return []
    count = gif_frames(data) if image.format == "GIF" else getattr(image, "n_frames", 1)
    what = "page" if image.format == "TIFF" else "frame"
    return [f"first {what} of {count}"] if count and count > 1 else []


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken metadata is none of the picture's fault
        return 1


def _within(width: int, height: int, side: int) -> tuple[int, int]:
    """The size with a long side of at most `side`; the same for a picture and for its mask."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", compress_level=1, compress_type=_RLE)
    return file.getvalue()
