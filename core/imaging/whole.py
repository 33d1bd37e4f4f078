"""What a file claims to be, and whether its end is there, from its bytes alone.

Decoders are lenient: most draw what they have and stay silent about the rest. A picture that lost its tail on the way
here would come back half grey, so each format's own end is looked for before any decoder is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BARE_MARKERS = {0x01, *range(0xD0, 0xD9)}  # JPEG markers that have no length after them

VIDEOS = ("mov", "matroska")  # FFmpeg's names of the containers that are taken
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # what QuickTime's files begin with
_MOST_PAGES = 1000  # of a TIFF; directories can also be chained in a ring


def kind_of(data: bytes) -> str | None:
    """What these bytes begin like: Pillow's name of one of the eight formats, one of VIDEOS, or None."""
    if data.startswith(PNG_SIGNATURE):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if data[4:8] in _BOXES:
        return _kind_of_box_file(data)
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    return "BMP" if data.startswith(b"BM") else None


def is_whole(data: bytes, kind: str) -> bool:
    """False if bytes are missing at the end, or if the way there leads nowhere."""
    match kind:
        case "PNG":
            return any(name == b"IEND" for name, _, _ in png_chunks(data))
        case "JPEG":
            return _jpeg_ends(data)
        case "GIF":
            return gif_frames(data) is not None
        case "WEBP":
            return len(data) >= 8 + int.from_bytes(data[4:8], "little")
        case "BMP":  # its decoder is strict, and the length in its header is often wrong
            return True
        case "AVIF" | "HEIF":
            return _boxes_end(data)
        case _:
            return _tiff_directories_end(data)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, first byte, byte after the last) of each chunk's content, as far as chunks are complete."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            return
        yield data[at + 4 : at + 8], at + 8, end
        at = end + 4


def gif_frames(data: bytes) -> int | None:
    """How many frames a GIF holds; None if it stops before its trailer. Counts without decoding."""
    at, frames = 13 + _colour_table(data[10:11]), 0
    while at < len(data):
        block = data[at]
        if block == 0x3B:
            return frames
        if block == 0x2C:
            frames += 1
            at += 11 + _colour_table(data[at + 9 : at + 10])
        elif block == 0x21:
            at += 2
        else:
            return None
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return None


def webp_size(data: bytes) -> tuple[int, int] | None:
    """The canvas of an extended WebP, which its decoder would allocate before it says how large it is."""
    if data[12:16] != b"VP8X" or len(data) < 30:
        return None
    return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")


def _kind_of_box_file(data: bytes) -> str:
    """AVIF, HEIC and videos share a container; the brands in its first box tell them apart."""
    if data[4:8] != b"ftyp":
        return "mov"
    box = data[8 : min(int.from_bytes(data[:4], "big"), 512)]
    brands = {box[at : at + 4] for at in range(0, len(box), 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIF" if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"} else "mov"


def _colour_table(flags: bytes) -> int:
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _jpeg_ends(data: bytes) -> bool:
    """Is there an end marker after the first scan began? Thumbnails before it bring end markers of their own."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return False
        marker = data[at + 1]
        if marker == 0xDA:
            return data.find(b"\xff\xd9", at) >= 0
        if marker == 0xFF:
            at += 1
        elif marker in _BARE_MARKERS:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _boxes_end(data: bytes) -> bool:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:  # "to the end of the file"
            return True
        if size < 8:
            return False
        at += size
    return at == len(data)


def _tiff_directories_end(data: bytes) -> bool:
    """Are all directories there? (The decoder is strict about the strips they name.) BigTIFF is left to the decoder."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    if data[2:4] in (b"+\0", b"\0+"):
        return True
    at, pages = int.from_bytes(data[4:8], order), 0
    while at and pages < _MOST_PAGES:
        end = at + 2 + 12 * int.from_bytes(data[at : at + 2], order) + 4
        if end > len(data):
            return False
        at, pages = int.from_bytes(data[end - 4 : end], order), pages + 1
    return 0 < pages < _MOST_PAGES
