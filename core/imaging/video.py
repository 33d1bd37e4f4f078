"""The first frame of a video, as a picture. Runs in the decoding process, and nothing is imported before one comes.

Only the demuxer that the first bytes name is asked, only decoders of codecs that people send, each on one thread.
Nothing outside the given bytes is read: neither demuxer follows references to other files.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, cast

from PIL import Image

from core.errors import PictureError

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

VIDEOS = {"MOV": "mov", "MATROSKA": "matroska"}  # what is recognised, and FFmpeg's demuxer for it
_CODECS = "h264,hevc,libdav1d,av1,vp8,vp9,mpeg4,h263,mpeg1video,mpeg2video,mjpeg,prores"
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders of these leave transparency out
_PROBED = 2  # times the pixels that are taken: a size up to there is still told to people, beyond it is just absurd
_MOST_PACKETS = 250  # of the video before its first frame: decoders that reorder want a few, open starts some seconds

# EXIF's orientation for what a display matrix does to the axes: (are they exchanged, is x mirrored, is y mirrored)
_ORIENTATIONS = {
    (False, False, False): 1,
    (False, True, False): 2,
    (False, True, True): 3,
    (False, False, True): 4,
    (True, False, False): 5,
    (True, True, False): 6,
    (True, True, True): 7,
    (True, False, True): 8,
}


def first_frame(data: bytes, kind: str, max_pixels: int, check: Callable[[int, int], None]) -> tuple[Image.Image, int]:
    """The first frame that can be decoded whole, RGB or RGBA, and its orientation (1 to 8, as EXIF counts).

    `check` is asked about every declared size, width and height in pixels, before anything of that size is made.
    Raises PictureError ("not-a-picture" without a video, "no-frame"), what `check` raises, and FFmpeg's own errors.
    """
    import av

    options = {"codec_whitelist": _CODECS, "max_pixels": str(_PROBED * max_pixels), "threads": "1"}
    with av.open(BytesIO(data), "r", format=VIDEOS[kind], options=options, metadata_errors="replace") as container:
        covers = av.stream.Disposition.attached_pic
        stream = next((each for each in container.streams.video if not each.disposition & covers), None)
        if stream is None:
            raise PictureError("not-a-picture" if container.streams else "truncated")
        if not (stream.width and stream.height):  # nobody knows it, or it is absurd
            raise PictureError("no-frame")
        check(*_shown(stream, stream.width, stream.height))
        decoder = _decoder(stream, max_pixels)
        frame = next(_frames(decoder, islice(container.demux(stream), _MOST_PACKETS)), None)
        if frame is None:
            raise PictureError("no-frame")
        size = _shown(stream, frame.width, frame.height)
        check(*size)
        image = _image(frame)
        return image if image.size == size else image.resize(size), _orientation(frame)


def _decoder(stream: VideoStream, max_pixels: int) -> VideoCodecContext:
    from av.codec.context import ThreadType
    from av.video.codeccontext import VideoCodecContext

    decoder = stream.codec_context
    if decoder is None or decoder.name not in _CODECS.split(","):
        raise PictureError("no-frame")
    if stream.metadata.get("alpha_mode") == "1" and decoder.name in _WITH_ALPHA:
        decoder = cast(VideoCodecContext, VideoCodecContext.create(_WITH_ALPHA[decoder.name], "r"))
    decoder.thread_count, decoder.thread_type = 1, ThreadType.NONE
    decoder.options = {"max_pixels": str(max_pixels)}
    return decoder


def _frames(decoder: VideoCodecContext, packets: Iterator[Packet[VideoStream]]) -> Iterator[VideoFrame]:
    """The frames that are whole: decoders fill what is missing with grey, and only leave a mark on the frame."""
    from av.error import InvalidDataError

    for packet in packets:
        if packet.is_corrupt:  # the file ends inside it
            raise PictureError("truncated")
        try:
            yield from (frame for frame in decoder.decode(packet if packet.size else None) if not frame.is_corrupt)
        except InvalidDataError:  # the next one may be better: recordings of broadcasts begin in the middle
            continue


def _shown(stream: VideoStream, width: int, height: int) -> tuple[int, int]:
    """The size in square pixels: some cameras store narrow ones."""
    aspect = stream.sample_aspect_ratio
    return (max(1, round(width * aspect)), height) if aspect else (width, height)


def _image(frame: VideoFrame) -> Image.Image:
    has_alpha = any(component.is_alpha for component in frame.format.components)
    return Image.fromarray(frame.to_ndarray(format="rgba" if has_alpha else "rgb24", threads=1))


def _orientation(frame: VideoFrame) -> int:
    try:
        matrix = bytes(frame.side_data["DISPLAYMATRIX"])  # type: ignore[typeddict-item]  # by PyAV's stubs
    except (KeyError, ValueError):  # there is none; or beside it lies something that PyAV has no name for, as EXIF
        return {90: 8, -90: 6, 180: 3, -180: 3}.get(frame.rotation, 1)
    a, b, _, c, d, *_ = struct.unpack_from("=9i", matrix)  # x' = a x + c y, y' = b x + d y
    exchanged = abs(b) + abs(c) > abs(a) + abs(d)
    return _ORIENTATIONS[(exchanged, (c if exchanged else a) < 0, (b if exchanged else d) < 0)]
