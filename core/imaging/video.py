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


def first_frame(data: bytes, demuxer: str, check: Callable[[int, int], None], max_pixels: int) -> Image.Image:
    """RGB or RGBA, upright. `demuxer` is FFmpeg's name; `check` raises for a width and height that are not taken.

    Raises PictureError ("not-a-picture") for a file without a video, and whatever FFmpeg likes for damaged bytes.
    """
    import av

    bounds = {"max_pixels": str(max_pixels), "threads": "1", "probesize": str(_PROBED)}
    with av.open(BytesIO(data), "r", format=demuxer, options=bounds) as container:
        stream = _video(container)
        if stream.width and stream.height:  # zero: only the frame will tell
            check(stream.width, stream.height)
        decoder = _decoder(stream)
        decoder.options = {"max_pixels": str(max_pixels), "err_detect": "explode"}
        frame = next(_frames(container, stream, decoder), None)
        if frame is None or frame.is_corrupt:
            raise PictureError("truncated")
        check(frame.width, frame.height)
        return _upright(frame)


def _video(container: InputContainer) -> VideoStream:
    """The first that moves: the cover of a song is a stream of pictures, too."""
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise PictureError("not-a-picture")


def _decoder(stream: VideoStream) -> VideoCodecContext:
    import av

    name = _ALPHA.get(stream.codec_context.name)
    has_alpha = name is not None and stream.metadata.get("alpha_mode") == "1"
    own = stream.codec_context
    decoder = cast("VideoCodecContext", av.CodecContext.create(name, "r")) if name and has_alpha else own
    decoder.thread_count = 1
    return decoder


def _frames(container: InputContainer, stream: VideoStream, decoder: VideoCodecContext) -> Iterator[VideoFrame]:
    """From the beginning on, without seeking; a packet that the file's end cut off is damaged."""
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        if packet.is_corrupt:
            raise PictureError("truncated")
        yield from decoder.decode(packet)


def _upright(frame: VideoFrame) -> Image.Image:
    has_alpha = any(part.is_alpha for part in frame.format.components)
    image = Image.fromarray(frame.to_ndarray(format="rgba" if has_alpha else "rgb24", threads=1))
    matrix = frame.side_data.get("DISPLAYMATRIX")
    turn = _TURNS.get(_signs(bytes(cast("SideData", matrix)))) if matrix is not None else None
    return image if turn is None else image.transpose(turn)


def _signs(matrix: bytes) -> tuple[int, int, int, int]:
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].astype(float)
    most = max(abs(a), abs(b), abs(c), abs(d), 1.0)
    one, two, three, four = (round(value / most) for value in (a, b, c, d))
    return one, two, three, four
