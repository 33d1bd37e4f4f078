"""Videos for tests, made by FFmpeg's own encoders."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import numpy as np
from PIL import Image


def video(
    *frames: Image.Image,
    codec: str = "libx264",
    container: str = "mp4",
    pixels: str = "yuv420p",
    matrix: tuple[int, ...] | None = None,
    aspect: tuple[int, int] | None = None,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
) -> bytes:
    """Five frames a second. `matrix` is the container's display matrix, `aspect` that of one stored pixel."""
    file = BytesIO()
    with av.open(file, "w", format=container, options=muxer or {}) as written:
        stream: Any = written.add_stream(codec, rate=5)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = pixels
        stream.options = options or {}
        if aspect:
            stream.codec_context.sample_aspect_ratio = Fraction(*aspect)
        if matrix:
            stream.set_display_matrix(matrix)
        for frame in frames:
            channels = "rgba" if frame.mode == "RGBA" else "rgb24"
            written.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(frame), format=channels)))
        written.mux(stream.encode())
    return file.getvalue()


def photographs(jpeg: bytes, size: tuple[int, int], matrix: tuple[int, ...]) -> bytes:
    """A Motion JPEG of one frame that carries what its photograph carries."""
    file = BytesIO()
    with av.open(file, "w", format="mov") as written:
        stream: Any = written.add_stream("mjpeg", rate=5)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p"
        stream.set_display_matrix(matrix)
        packet = av.Packet(jpeg)
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 5)
        written.mux(packet)
    return file.getvalue()


def sound(container: str = "mp4", codec: str = "aac") -> bytes:
    """A moment of silence, and no picture."""
    file = BytesIO()
    with av.open(file, "w", format=container) as written:
        stream: Any = written.add_stream(codec, rate=48_000)
        frame = av.AudioFrame(format="fltp" if codec == "aac" else "s16", layout="mono", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate = 48_000
        written.mux(stream.encode(frame))
        written.mux(stream.encode())
    return file.getvalue()
