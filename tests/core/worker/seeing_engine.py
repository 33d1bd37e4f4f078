"""The quick engine with the real networks that see faces and measure likeness."""

from __future__ import annotations

import argparse
import socket
import sys

from core.engine.process import serve
from tests.core.worker.quick_engine import load

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--channel", type=int, required=True)
    parser.add_argument("--log-level")
    sys.exit(serve(socket.socket(fileno=parser.parse_args().channel), load))
