"""The first frame of a video, upright. Runs in the decoding process, which bounds what FFmpeg does with the bytes.

FFmpeg is imported here on the first video, so that a process which sees pictures only never pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, cast

import numpy as np
from PIL import Image

from core.errors import PictureError

if TYPE_CHECKING:
    from av.container.input import InputContainer
    from av.sidedata.sidedata import SideData
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MOST_PACKETS = 300  # until the first frame: reordering and hidden frames need a few dozen at most
_CODECS = "h264,hevc,libdav1d,av1,vp8,vp9,mpeg4,h263,mpeg1video,mpeg2video,mjpeg,prores"  # FFmpeg has hundreds more
_TOLD = 2  # times the pixels that are taken: a size up to there is told to people, beyond it FFmpeg forgets it
_PROBED = 2 * 2**20  # bytes that may be read to find out what the streams are
_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders leave the transparency of these out
_TURNS = {  # of the display matrix, the signs of a b / c d: where a pixel's column and row go
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}
_ANGLES = {  # counterclockwise
    90: Image.Transpose.ROTATE_90,
    -90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    -180: Image.Transpose.ROTATE_180,
}


def first_frame(data: bytes, demuxer: str, check: Callable[[int, int], None], max_pixels: int) -> Image.Image:
    """RGB or RGBA, upright. `demuxer` is FFmpeg's name; `check` raises for a width and height that are not taken.

    Raises PictureError ("not-a-picture") for a file without a video, "no-frame" for one that is encrypted or of a
    codec that is not taken, and whatever FFmpeg likes for damaged bytes.
    """
    import av

    bounds = {"max_pixels": str(_TOLD * max_pixels), "threads": "1", "probesize": str(_PROBED)}
    bounds["codec_whitelist"] = _CODECS
    with av.open(BytesIO(data), "r", format=demuxer, options=bounds) as container:
        stream = _video(container)
        if stream.width and stream.height:  # zero: only the frame will tell
            check(*_shown(stream, stream.width, stream.height))
        decoder = _decoder(stream)
        decoder.options = {"max_pixels": str(max_pixels), "err_detect": "explode"}
        frame = next(_frames(container, stream, decoder), None)
        if frame is None or frame.is_corrupt:
            raise PictureError("truncated")
        size = _shown(stream, frame.width, frame.height)
        check(*size)
        return _upright(frame, size)


def _video(container: InputContainer) -> VideoStream:
    """The first that moves: the cover of a song is a stream of pictures, too."""
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise PictureError("not-a-picture")


def _decoder(stream: VideoStream) -> VideoCodecContext:
    import av

    own = stream.codec_context
    if own is None or own.name not in _CODECS.split(","):
        raise PictureError("no-frame")
    name = _ALPHA.get(own.name)
    has_alpha = name is not None and stream.metadata.get("alpha_mode") == "1"
    decoder = cast("VideoCodecContext", av.CodecContext.create(name, "r")) if name and has_alpha else own
    decoder.thread_count = 1
    return decoder


def _frames(container: InputContainer, stream: VideoStream, decoder: VideoCodecContext) -> Iterator[VideoFrame]:
    """From the beginning on, without seeking; a packet that the file's end cut off is damaged."""
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        if packet.is_corrupt:
            raise PictureError("truncated")
        if packet.has_sidedata("encryption_info"):
            raise PictureError("no-frame")
        yield from decoder.decode(packet)


def _shown(stream: VideoStream, width: int, height: int) -> tuple[int, int]:
    """The size in square pixels: some cameras store narrow ones."""
    aspect = stream.sample_aspect_ratio
    return (max(1, round(width * aspect)), height) if aspect else (width, height)


def _upright(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    has_alpha = any(part.is_alpha for part in frame.format.components)
    image = Image.fromarray(frame.to_ndarray(format="rgba" if has_alpha else "rgb24", threads=1))
    image = image if image.size == size else image.resize(size)
    turn = _turn(frame)
    return image if turn is None else image.transpose(turn)


def _turn(frame: VideoFrame) -> Image.Transpose | None:
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # beside it lies something that PyAV has no name for, as EXIF: the angle can still be asked for
        return _ANGLES.get(frame.rotation)
    return _TURNS.get(_signs(bytes(cast("SideData", matrix)))) if matrix is not None else None


def _signs(matrix: bytes) -> tuple[int, int, int, int]:
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].astype(float)
    most = max(abs(a), abs(b), abs(c), abs(d), 1.0)
    one, two, three, four = (round(value / most) for value in (a, b, c, d))
    return one, two, three, four
