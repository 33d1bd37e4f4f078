"""Small videos for tests, made by FFmpeg itself."""

from __future__ import annotations

from collections.abc import Sequence
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
) -> bytes:
    """`turned` is a b / c d of its display matrix."""
    file = BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=10)  # which kind it is depends on the codec
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = pixels or ("yuv444p" if codec == "libx264" else "yuv420p")
        if turned != PLAIN:
            a, b, c, d = (value << 16 for value in turned)
            stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(image.convert("RGB")), format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


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
