"""Small videos for tests, made by FFmpeg itself."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import numpy as np
from PIL import Image

Matrix = tuple[int, int, int, int]
PLAIN: Matrix = (1, 0, 0, 1)


def video(
    frames: Sequence[Image.Image],
    kind: str = "mp4",
    codec: str = "libx264",
    *,
    turned: Matrix = PLAIN,
    pixels: str = "",
    aspect: Fraction | None = None,
    muxer: dict[str, str] | None = None,
) -> bytes:
    """`turned` is a b / c d of its display matrix, `aspect` that of one stored pixel."""
    file = BytesIO()
    with av.open(file, "w", format=kind, options=muxer or {}) as container:
        stream: Any = container.add_stream(codec, rate=10)  # which kind it is depends on the codec
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = pixels or ("yuv444p" if codec == "libx264" else "yuv420p")
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if turned != PLAIN:
            stream.set_display_matrix(_matrix(turned))
        for image in frames:
            channels = "rgba" if image.mode == "RGBA" else "rgb24"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(image), format=channels)))
        container.mux(stream.encode())
    return file.getvalue()


def photograph_in_a_video(jpeg: bytes, size: tuple[int, int], turned: Matrix) -> bytes:
    """A Motion JPEG of one frame, which carries what its photograph carries."""
    file = BytesIO()
    with av.open(file, "w", format="mov") as container:
        stream: Any = container.add_stream("mjpeg", rate=5)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p"
        stream.set_display_matrix(_matrix(turned))
        packet = av.Packet(jpeg)
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 5)
        container.mux(packet)
    return file.getvalue()


def _matrix(turned: Matrix) -> list[int]:
    a, b, c, d = (value << 16 for value in turned)
    return [a, b, 0, c, d, 0, 0, 0, 1 << 30]


def song(kind: str = "mp4") -> bytes:
    """A tenth of a second of silence."""
    file = BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream("libopus" if kind == "webm" else "aac", rate=48_000)
        for _ in range(5):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="stereo")
            sound.sample_rate = 48_000
            container.mux(stream.encode(sound))
        container.mux(stream.encode())
    return file.getvalue()
