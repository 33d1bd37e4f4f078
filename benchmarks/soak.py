"""People at work, and a kill every few seconds; afterwards every accepted job is looked up.

    python -m benchmarks.soak --kills 200

Exit status 1 if anything was lost, done twice or left hanging.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.reporting import report
from tests.program.mayhem import mayhem
from tests.small_models import small_sd


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=1.5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = small_sd(Path(folder) / "model")
        tally = asyncio.run(
            mayhem(
                Path(folder) / "data",
                model,
                kills=options.kills,
                people=options.people,
                seed=options.seed,
                pause=options.pause,
            )
        )
    report(
        "soak",
        {
            **{f"kills_{kind}": number for kind, number in tally.kills.items()},
            "accepted_cards": tally.accepted,
            **{f"jobs_{end}": number for end, number in tally.ends.items()},
            "defects": len(tally.defects),
        },
    )
    for defect in tally.defects:
        print(defect)
    sys.exit(1 if tally.defects else 0)


if __name__ == "__main__":
    main()
