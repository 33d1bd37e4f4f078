"""Logging to standard error, by keys; libraries speak from warnings upwards only."""

from __future__ import annotations

import logging
import sys


def configure_logging(level: str) -> None:
    """`level` for our own rooms: debug, info, warning or error."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for room in ("bot", "core"):
        logging.getLogger(room).setLevel(level.upper())
