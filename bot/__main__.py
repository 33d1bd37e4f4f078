"""`restyle`: the command line's door. Says one sentence for every error a person can cause."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `restyle` script; never returns."""
    if sys.version_info < (3, 11):  # noqa: UP036 # somebody may start it with an older Python than the metadata allows
        sys.exit("restyle: Restyle needs Python 3.11 or newer.")
    from bot.cli import run_command_line

    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
