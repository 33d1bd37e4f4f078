"""`python -m core.engine --channel FD`: started by core.worker.engine_process, which holds the other end of FD."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys

from core.engine.process import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="core.engine", description="The engine process of Restyle.")
    parser.add_argument("--channel", type=int, required=True, help="inherited socket to the parent")
    parser.add_argument("--log-level", default="INFO")
    options = parser.parse_args()
    # Ctrl-C and a service manager's SIGTERM reach the whole group; the parent decides what becomes of running jobs
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(
        stream=sys.stderr, level=options.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    return serve(socket.socket(fileno=options.channel))


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    os._exit(status)  # torch's threads take their time to end, and nothing is left to lose
