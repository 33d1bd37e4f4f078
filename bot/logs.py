"""Logging to standard error, by keys; libraries speak from warnings upwards only."""

from __future__ import annotations

import logging
import sys


def configure_logging(level: str) -> None:
    """`level` for our own rooms: debug, info, warning or error. Python's warnings are for developers: debug only."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.WARNING if level == "debug" else logging.ERROR)
    for room in ("bot", "core"):
        logging.getLogger(room).setLevel(level.upper())
