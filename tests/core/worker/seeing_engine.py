"""The quick engine with the bundled model's eyes, which take some seconds to open."""

from __future__ import annotations

import sys

from core.engine.likeness.eyes import Eyes
from tests.core.worker.quick_engine import main

if __name__ == "__main__":
    sys.exit(main(Eyes))
